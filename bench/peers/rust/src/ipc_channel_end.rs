//! ipc-channel: two channels of bytes, or of `Vec<u8>`, that meet by a one-shot server. Its folder lies in $TMPDIR.

use crate::{End, Meeting};

/// The two versions have the same interface as far as it is used here.
macro_rules! ends_of {
    ($module:ident, $library:ident) => {
        pub mod $module {
            use super::{End, Meeting};
            use $library::ipc::{
                self, IpcBytesReceiver, IpcBytesSender, IpcOneShotServer, IpcReceiver, IpcSender,
            };

            /// The far end makes both channels and sends what is the near one's of them.
            fn meet<Near, Far>(meeting: &Meeting, make: impl FnOnce() -> (Near, Far)) -> Result<Near, Far>
            where
                Near: for<'a> serde::Deserialize<'a> + serde::Serialize,
            {
                if meeting.is_near {
                    let (server, name) = IpcOneShotServer::<Near>::new().expect("a server");
                    meeting.tell_other(&name);
                    let (_, near) = server.accept().expect("accept");
                    Ok(near)
                } else {
                    let sender = IpcSender::connect(meeting.hear_other()).expect("connect");
                    let (near, far) = make();
                    sender.send(near).expect("send");
                    Err(far)
                }
            }

            pub struct BytesEnd {
                sender: IpcBytesSender,
                receiver: IpcBytesReceiver,
                sent: Vec<u8>,
                received: Vec<u8>,
            }

            impl BytesEnd {
                pub fn open(meeting: &Meeting) -> Self {
                    let met = meet(meeting, || {
                        let (there, far_receiver) = ipc::bytes_channel().expect("a channel");
                        let (far_sender, back) = ipc::bytes_channel().expect("a channel");
                        ((there, back), (far_sender, far_receiver))
                    });
                    let (sender, receiver) = match met {
                        Ok(ends) | Err(ends) => ends,
                    };
                    BytesEnd { sender, receiver, sent: vec![0; meeting.size], received: Vec::new() }
                }
            }

            impl End for BytesEnd {
                fn prepare(&mut self) -> *mut u8 {
                    self.sent.as_mut_ptr()
                }
                fn send(&mut self) {
                    self.sender.send(&self.sent).expect("send");
                }
                fn receive(&mut self) -> &[u8] {
                    self.received = self.receiver.recv().expect("receive");
                    &self.received
                }
            }

            pub struct VecEnd {
                sender: IpcSender<Vec<u8>>,
                receiver: IpcReceiver<Vec<u8>>,
                size: usize,
                sent: Vec<u8>,
                received: Vec<u8>,
            }

            impl VecEnd {
                pub fn open(meeting: &Meeting) -> Self {
                    let met = meet(meeting, || {
                        let (there, far_receiver) = ipc::channel().expect("a channel");
                        let (far_sender, back) = ipc::channel().expect("a channel");
                        ((there, back), (far_sender, far_receiver))
                    });
                    let (sender, receiver) = match met {
                        Ok(ends) | Err(ends) => ends,
                    };
                    VecEnd { sender, receiver, size: meeting.size, sent: Vec::new(), received: Vec::new() }
                }
            }

            impl End for VecEnd {
                // A value that is sent is given away: the next one takes memory of its own.
                fn prepare(&mut self) -> *mut u8 {
                    self.sent = Vec::with_capacity(self.size);
                    self.sent.as_mut_ptr()
                }
                fn send(&mut self) {
                    // SAFETY: there is room for it, and whoever prepares a message writes all of it.
                    unsafe { self.sent.set_len(self.size) };
                    self.sender.send(std::mem::take(&mut self.sent)).expect("send");
                }
                fn receive(&mut self) -> &[u8] {
                    self.received = self.receiver.recv().expect("receive");
                    &self.received
                }
            }
        }
    };
}

ends_of!(old, ipc_channel_0_13);
ends_of!(newest, ipc_channel_0_23);
