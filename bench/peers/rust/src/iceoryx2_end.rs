//! iceoryx2: publish and subscribe for each direction, with payloads written where they were loaned and read where they
//! lie. Who waits does so for an event that comes with each of them.

use crate::{End, Meeting};
use core::mem::MaybeUninit;
use iceoryx2::port::listener::Listener;
use iceoryx2::port::notifier::Notifier;
use iceoryx2::port::publisher::Publisher;
use iceoryx2::port::subscriber::Subscriber;
use iceoryx2::prelude::*;
use iceoryx2::sample::Sample;
use iceoryx2::sample_mut_uninit::SampleMutUninit;

type Service = ipc::Service;

pub struct Iceoryx2End {
    // In the order in which they go.
    loaned: Option<SampleMutUninit<Service, [MaybeUninit<u8>], ()>>,
    received: Option<Sample<Service, [u8], ()>>,
    publisher: Publisher<Service, [u8], ()>,
    subscriber: Subscriber<Service, [u8], ()>,
    notifier: Notifier<Service>,
    listener: Listener<Service>,
    size: usize,
    _node: Node<Service>,
}

/// All files are in the meeting's folder, or have its name.
fn config(meeting: &Meeting) -> Config {
    let mut config = Config::default();
    config.global.set_root_path(&Path::new(meeting.folder.as_bytes()).expect("a path"));
    config.global.prefix = FileName::new(meeting.name.as_bytes()).expect("a prefix");
    config
}

impl Iceoryx2End {
    pub fn open(meeting: &Meeting) -> Self {
        let node = NodeBuilder::new().config(&config(meeting)).create::<Service>().expect("a node");
        let (out, back) = if meeting.is_near { ("there", "back") } else { ("back", "there") };
        // Nothing is discarded: the sender waits for room.
        let data = |direction: &str| {
            node.service_builder(&direction.try_into().expect("a name"))
                .publish_subscribe::<[u8]>()
                .enable_safe_overflow(false)
                .subscriber_max_buffer_size(meeting.depth)
                .open_or_create()
                .expect("a service")
        };
        let event = |direction: &str| {
            node.service_builder(&direction.try_into().expect("a name"))
                .event()
                .open_or_create()
                .expect("a service")
        };
        let end = Iceoryx2End {
            loaned: None,
            received: None,
            publisher: data(out)
                .publisher_builder()
                .initial_max_slice_len(meeting.size)
                .backpressure_strategy(BackpressureStrategy::RetryUntilDelivered)
                .create()
                .expect("a publisher"),
            subscriber: data(back).subscriber_builder().create().expect("a subscriber"),
            notifier: event(out).notifier_builder().create().expect("a notifier"),
            listener: event(back).listener_builder().create().expect("a listener"),
            size: meeting.size,
            _node: node,
        };
        meeting.tell_other("there");
        meeting.hear_other();
        // A subscriber takes up its connection when it looks for samples. Until then a full queue discards what comes,
        // whatever the strategy.
        end.subscriber.has_samples().expect("a connection");
        meeting.tell_other("connected");
        meeting.hear_other();
        end
    }
}

impl End for Iceoryx2End {
    fn prepare(&mut self) -> *mut u8 {
        let sample = self.publisher.loan_slice_uninit(self.size).expect("a loan");
        self.loaned.insert(sample).payload_mut().as_mut_ptr().cast()
    }

    fn send(&mut self) {
        let sample = self.loaned.take().expect("what was prepared");
        // SAFETY: whoever prepares a message writes all of it.
        let reached = unsafe { sample.assume_init() }.send().expect("send");
        assert!(reached == 1, "a message was discarded");
        self.notifier.notify().expect("notify");
    }

    fn receive(&mut self) -> &[u8] {
        self.received = None;
        loop {
            if let Some(sample) = self.subscriber.receive().expect("receive") {
                return self.received.insert(sample).payload();
            }
            self.listener.blocking_wait(|_| {}).expect("wait");
        }
    }
}
