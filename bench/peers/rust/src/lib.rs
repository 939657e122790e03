//! The peers in Rust behind a C ABI, which ../rust_link.cc opens: one process has one end. What fails ends the process.

mod iceoryx2_end;
mod ipc_channel_end;

use std::ffi::{c_char, CStr};
use std::mem::ManuallyDrop;
use std::os::fd::FromRawFd;
use std::os::unix::net::UnixDatagram;

/// One end of a connection, for messages of one size.
trait End {
    /// Memory for the next message, which `send` sends.
    fn prepare(&mut self) -> *mut u8;
    fn send(&mut self);
    /// The next message, valid until the next call.
    fn receive(&mut self) -> &[u8];
}

/// What both ends know before they meet; `Meeting` in ../link.h says more.
struct Meeting {
    is_near: bool,
    name: String,
    folder: String,
    other: ManuallyDrop<UnixDatagram>,
    size: usize,
    depth: usize,
}

impl Meeting {
    fn tell_other(&self, text: &str) {
        self.other.send(text.as_bytes()).expect("the other end is gone");
    }

    fn hear_other(&self) -> String {
        let mut text = [0; 4096];
        let count = self.other.recv(&mut text).expect("recv");
        assert!(count > 0, "the other end is gone");
        String::from_utf8(text[..count].to_vec()).expect("a name")
    }
}

/// A `Box` of an end, which has a fat pointer, behind a thin one.
pub struct Handle(Box<dyn End>);

fn open(kind: &str, meeting: &Meeting) -> Box<dyn End> {
    match kind {
        "rust_iceoryx2_loan" => Box::new(iceoryx2_end::Iceoryx2End::open(meeting)),
        "rust_ipc_channel_bytes" => Box::new(ipc_channel_end::newest::BytesEnd::open(meeting)),
        "rust_ipc_channel_vec" => Box::new(ipc_channel_end::newest::VecEnd::open(meeting)),
        "rust_ipc_channel_old_bytes" => Box::new(ipc_channel_end::old::BytesEnd::open(meeting)),
        "rust_ipc_channel_old_vec" => Box::new(ipc_channel_end::old::VecEnd::open(meeting)),
        _ => panic!("there is no {kind}"),
    }
}

/// # Safety
/// The strings end with a zero; `other` is a socket that stays open and the caller's.
#[no_mangle]
pub unsafe extern "C" fn bench_peers_open(
    kind: *const c_char,
    is_near: bool,
    name: *const c_char,
    folder: *const c_char,
    other: i32,
    size: usize,
    depth: usize,
) -> *mut Handle {
    let text = |pointer| CStr::from_ptr(pointer).to_str().expect("UTF-8");
    let meeting = Meeting {
        is_near,
        name: text(name).into(),
        folder: text(folder).into(),
        other: ManuallyDrop::new(UnixDatagram::from_raw_fd(other)),
        size,
        depth,
    };
    Box::into_raw(Box::new(Handle(open(text(kind), &meeting))))
}

/// # Safety
/// `end` is open, here and below.
#[no_mangle]
pub unsafe extern "C" fn bench_peers_prepare(end: *mut Handle) -> *mut u8 {
    (*end).0.prepare()
}

/// # Safety
/// After each call of `bench_peers_prepare` once.
#[no_mangle]
pub unsafe extern "C" fn bench_peers_send(end: *mut Handle) {
    (*end).0.send()
}

/// # Safety
/// What is returned is valid until the next call.
#[no_mangle]
pub unsafe extern "C" fn bench_peers_receive(end: *mut Handle, size: *mut usize) -> *const u8 {
    let bytes = (*end).0.receive();
    *size = bytes.len();
    bytes.as_ptr()
}

/// # Safety
/// `end` is not used any more.
#[no_mangle]
pub unsafe extern "C" fn bench_peers_close(end: *mut Handle) {
    drop(Box::from_raw(end));
}
