#!/usr/bin/env python3
"""refusals_test.py FILE: FILE is one at the top of the tree.

What cannot be serialized is refused by the compiler with one error, which is a
sentence of ours: there is a case for each sentence of
serialize/internal/verdict.h, and all cases are compiled at once. The name of a
case is that of the Problem, and for a further case of one, an underscore and a
word more. What we cannot know before the compiler objects has one error of the
compiler's own.
"""

import os
import re
import subprocess
import sys
import tempfile

VERDICT = "serialize/internal/verdict.h"

SENTENCE = re.compile(
    r'static_assert\(\s*kProblem != Problem::(\w+),\s*((?:"[^"]*"\s*)+)\)')
# What gcc and clang say of the place in the case and of the error.
PLACE = re.compile(r"^case_(\w+):1:\d+:")
ERROR = re.compile(r"error: .*?(ipc_channel: .*?)\"?$")

# Where int64_t is long no type is refused for being one.
NOT_HERE = {"kLong": "static_assert(s::Serializable<long>);"}

# Parts of SerializeTraits<T>.
SIZE = "static constexpr std::size_t kMinWireSize = 4; "
DESCRIBE = ("static constexpr void Describe(Schema& schema) { "
            "schema.Field<int>(); } ")
WRITE = ("template <class Out> static void Write(Out& out, const T& j) { "
         "out.Write(j.a); } ")


def traits(case, body):
    """A class J in the namespace of that case, and its SerializeTraits."""
    return ("struct J { int a; }; } template <> struct "
            "s::SerializeTraits<%s::J> { using T = %s::J; %s }; namespace %s {"
            % (case, case, body, case))


def problem_of(case):
    """The Problem that a case shows: its name, up to an underscore."""
    return case.partition("_")[0]


# What defines a class J, and whether reading it is refused and not writing.
# kArrayValue has a J that is an array.
WRITING = {
    "kUnknownType": "class J { int a_ = 0; };",
    "kPointer": "struct J { int* p; };",
    "kReference": "using J = std::tuple<int&>;",
    "kUnion": "union U { int a; float b; }; struct J { U u; };",
    "kLongDouble": "struct J { std::vector<long double> v; };",
    "kWideChar": "struct J { std::optional<wchar_t> w; };",
    "kLooseEnum": "enum E { kA }; struct J { E e; };",
    "kArrayMember": "struct J { int a[3]; int b; };",
    "kArrayValue": "using J = int[3];",
    "kBase": "struct B { int b; }; struct J : B { int a; };",
    "kTooManyMembers": "struct J { int %s; };" %
                       ", ".join("m%d" % i for i in range(65)),
    "kUncountable": "struct N { N(int); int i; }; struct J { N a; int b; };",
    "kTraitsAndHook":
        "struct J { int a; template <class F> friend constexpr auto "
        "SerializeFields(J& self, F&& fields) { return fields(self.a); } }; } "
        "template <> struct s::SerializeTraits<kTraitsAndHook::J> { static "
        "constexpr std::size_t kMinWireSize = 0; static constexpr void "
        "Describe(Schema&) {} }; namespace kTraitsAndHook {",
    "kHookReturnsNothing":
        "struct J { int a; template <class F> friend constexpr void "
        "SerializeFields(J& self, F&& fields) { fields(self.a); } };",
    "kHookTemporary":
        "struct J { int a; template <class F> friend constexpr auto "
        "SerializeFields(J& self, F&& fields) { return fields(self.a + 1); } "
        "};",
    "kConstHook":
        "struct J { int a; template <class F> friend constexpr auto "
        "SerializeFields(const J& self, F&& fields) { return fields(self.a); } "
        "};",
    "kConstHook_Copy":
        "struct J { int a; template <class F> friend constexpr auto "
        "SerializeFields(J self, F&& fields) { return fields(self.a); } };",
    "kIncompleteTraits":
        traits("kIncompleteTraits", ""),
    "kIncompleteTraits_NoSize":
        traits("kIncompleteTraits_NoSize", DESCRIBE + WRITE),
    "kIncompleteTraits_NoDescribe":
        traits("kIncompleteTraits_NoDescribe", SIZE + WRITE),
    "kIncompleteTraits_NoWrite":
        traits("kIncompleteTraits_NoWrite", SIZE + DESCRIBE),
    "kIncompleteTraits_OnlyWriter":
        traits("kIncompleteTraits_OnlyWriter", SIZE + DESCRIBE +
               "static void Write(Writer& out, const T& j) { out.Write(j.a); } "
               ),
    "kIncompleteTraits_OnlySizer":
        traits("kIncompleteTraits_OnlySizer", SIZE + DESCRIBE +
               "static void Write(Sizer& out, const T& j) { out.Write(j.a); } "
               ),
    "kIncompleteTraits_NotStatic":
        traits("kIncompleteTraits_NotStatic", SIZE + DESCRIBE +
               WRITE.replace("static ", "")),
    "kMessage":
        traits("kMessage", "static constexpr bool kIsMessage = true;"),
    "kPolymorphicPointee":
        "struct P { virtual ~P() = default; int a; }; struct J { "
        "std::unique_ptr<P> p; };",
    "kConstHandle":
        "struct H {}; struct J { const H h; }; } template <> struct "
        "s::SerializeTraits<kConstHandle::H> { static constexpr std::size_t "
        "kMinWireSize = 4; static constexpr bool kConsumedBySending = true; "
        "static constexpr void Describe(Schema& schema) { schema.Name(\"h\"); "
        "} template <class Out> static void Write(Out&, const "
        "kConstHandle::H&) {} }; namespace kConstHandle {",
    "kWeakPointer": "struct J { std::weak_ptr<int> p; };",
    "kFunction": "struct J { std::vector<std::function<void()>> calls; };",
    "kAny": "struct J { std::any a; };",
    "kAtomic": "struct J { std::atomic<int> a; };",
    "kAdaptor": "struct J { std::queue<int> q; };",
    "kTooDeep":
        "template <int n> struct N { std::vector<N<n - 1>> v; }; template <> "
        "struct N<0> {}; using J = N<40>;",
}
READING = {
    "kView": "struct J { std::string_view text; };",
    "kUnlikeRead":
        traits("kUnlikeRead", SIZE + DESCRIBE + WRITE +
               "static T Read(Reader& in) { T j; (void)in.Read(j.a); "
               "return j; }"),
    "kUnlikeRead_Void":
        traits("kUnlikeRead_Void", SIZE + DESCRIBE + WRITE +
               "static void Read(Reader& in, T& j) { (void)in.Read(j.a); }"),
    "kUnlikeRead_Template":
        traits("kUnlikeRead_Template", SIZE + DESCRIBE + WRITE +
               "template <class In> static bool Read(T& j, In& in) { return "
               "in.Read(j.a); }"),
    "kView_Traits":
        traits("kView_Traits", SIZE + DESCRIBE + WRITE),
    "kConstField": "struct J { const int a; };",
    "kNotDefaultConstructible":
        "struct J { explicit J(int); int a; template <class F> friend "
        "constexpr auto SerializeFields(J& self, F&& fields) { return "
        "fields(self.a); } };",
}

# What cannot be read into an object that exists. A sentence stands once for a
# type, so these are others than above.
INTO = {
    "kPointer_Into": "struct J { short* p; };",
    "kConstField_Into": "struct I { short a; }; using J = const I;",
    "kView_Into": "using J = std::u16string_view;",
}

# Cases with an error that is not ours, and what it says.
COMPILERS = {
    "bit_field": (
        "struct J { std::uint8_t a : 4, b : 4; std::uint16_t c; };",
        "bit-field"),
}

HEADERS = """\
#include <any>
#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <queue>
#include <string_view>
#include <tuple>
#include <vector>
#include "ipc_channel/serialize/serialize.h"
namespace s = ipc_channel::serialize;
"""


def sentences(root):
    """The words of verdict.h for each problem."""
    with open(os.path.join(root, VERDICT), encoding="ascii") as file:
        found = SENTENCE.findall(file.read())
    return {
        name: "".join(re.findall(r'"([^"]*)"', words)) for name, words in found
    }


def source():
    text = [HEADERS] + list(NOT_HERE.values())
    write = ("void Use(const J& j, s::EncodeRoom room) { "
             "(void)s::EncodeInto(j, room); }")
    compilers = {name: case for name, (case, _) in COMPILERS.items()}
    for cases, use in ((WRITING, write), (compilers, write),
                       (READING, "void Use() { (void)s::Decode<J>({}); }"),
                       (INTO, "void Use(J& j) { (void)s::DecodeInto({}, j); }"
                        )):
        for name, definition in cases.items():
            text.append('#line 1 "case_%s"\nnamespace %s { %s %s }' %
                        (name, name, definition, use))
    return "\n".join(text) + "\n"


def compile_all(root):
    """What the compiler says."""
    with tempfile.TemporaryDirectory() as folder:
        os.symlink(root, os.path.join(folder, "ipc_channel"))
        return subprocess.run(
            [
                os.environ.get("CXX", "g++"), "-std=c++20", "-fsyntax-only",
                "-fmax-errors=0", "-I", folder, "-x", "c++", "-"
            ], input=source(), capture_output=True, text=True,
            env=dict(os.environ, LC_ALL="C")).stderr


def errors_by_case(output):
    """The errors of each case, in gcc's order: the place comes first."""
    errors = {}
    case = None
    for line in output.split("\n"):
        place = PLACE.match(line)
        if place:
            case = place.group(1)
        if "error:" in line:
            ours = ERROR.search(line)
            errors.setdefault(case, []).append(
                ours.group(1) if ours else line)
    return errors


def main(anchor):
    root = os.path.dirname(os.path.realpath(anchor))
    wanted = sentences(root)
    cases = {**WRITING, **READING, **INTO}
    problems = {problem_of(name) for name in cases}
    wrong = [
        "%s: %s" % (name, what) for what, names in (
            ("has no case", wanted.keys() - problems - NOT_HERE.keys()),
            ("has no sentence", problems - wanted.keys()),
        ) for name in sorted(names)
    ]
    errors = errors_by_case(compile_all(root))
    for name in cases:
        sentence = wanted.get(problem_of(name))
        if errors.get(name) != [sentence]:
            wrong.append("%s: wanted one error, %s\n  got %s" %
                         (name, sentence, errors.get(name)))
    for name, (_, words) in COMPILERS.items():
        got = errors.get(name, [])
        if len(got) != 1 or words not in got[0]:
            wrong.append("%s: wanted one error with %s\n  got %s" %
                         (name, words, got))
    cases.update(COMPILERS)
    wrong += [
        "errors elsewhere: %s" % errors[name]
        for name in errors.keys() - cases.keys()
    ]
    print("\n".join(wrong + ["%d cases, %d wrong" % (len(cases), len(wrong))]))
    return 1 if wrong or not wanted else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
