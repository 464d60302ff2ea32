//! A mail server that behaves as badly as it is told to.

use std::io::{self, BufRead as _, BufReader, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

/// What it does instead of what it should.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// Nothing: it takes what it is given.
    None,
    /// It greets without an end.
    EndlessGreeting,
    /// It says nothing at all, and does not hang up.
    Silent,
    /// It says this where a recipient is named.
    AtRecipient(&'static str),
    /// It says this when it has the whole message.
    AtEnd(&'static str),
    /// It hangs up when it has the whole message.
    DiesAtEnd,
    /// It says nothing more when it has the whole message, and does not hang up.
    SilentAtEnd,
    /// It hangs up where the message is to begin.
    DiesBefore,
}

/// The server; it ends when it is dropped.
pub(super) struct Hostile {
    pub(super) port: u16,
    fault: Arc<Mutex<Fault>>,
    /// Messages it was given whole, whatever it said to them.
    given: Arc<Mutex<Vec<String>>>,
    closing: Arc<AtomicBool>,
    door: Option<JoinHandle<()>>,
}

impl Hostile {
    pub(super) fn open(fault: Fault) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let closing = Arc::new(AtomicBool::new(false));
        let (fault, given) = (Arc::new(Mutex::new(fault)), Arc::default());
        let (closes, does, book) = (Arc::clone(&closing), Arc::clone(&fault), Arc::clone(&given));
        let door = thread::spawn(move || {
            let mut guests = Vec::new();
            for stream in listener.incoming().map_while(Result::ok) {
                if closes.load(Ordering::SeqCst) {
                    break;
                }
                let (does, book) = (*does.lock().unwrap(), Arc::clone(&book));
                guests.push(thread::spawn(move || serve(&stream, does, &book)));
            }
            for guest in guests {
                drop(guest.join());
            }
        });
        Self { port, fault, given, closing, door: Some(door) }
    }

    /// From the next connection on it does this.
    pub(super) fn becomes(&self, fault: Fault) {
        *self.fault.lock().unwrap() = fault;
    }

    pub(super) fn given(&self) -> Vec<String> {
        self.given.lock().unwrap().clone()
    }
}

impl Drop for Hostile {
    fn drop(&mut self) {
        self.closing.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(("127.0.0.1", self.port));
        if let Some(door) = self.door.take() {
            let _ = door.join();
        }
    }
}

/// Talks to one guest; whoever hangs up is gone.
fn serve(stream: &TcpStream, fault: Fault, given: &Mutex<Vec<String>>) -> Option<()> {
    let mut out = stream;
    let mut say = |line: &str| out.write_all(format!("{line}\r\n").as_bytes()).ok();
    if fault == Fault::EndlessGreeting {
        let mut left = 500_000_000_usize;
        while left > 0 {
            (&*stream).write_all(&[b'2'; 8_192]).ok()?;
            left = left.saturating_sub(8_192);
        }
        return None;
    }
    let mut lines = BufReader::new(stream).lines();
    let wait_for_them_to_leave = |lines: &mut dyn Iterator<Item = io::Result<String>>| {
        while let Some(Ok(_)) = lines.next() {}
    };
    if fault == Fault::Silent {
        wait_for_them_to_leave(&mut lines);
        return None;
    }
    say("220 hostile.example")?;
    while let Some(Ok(line)) = lines.next() {
        match line.to_uppercase() {
            line if line.starts_with("EHLO") => say("250 hostile.example")?,
            line if line.starts_with("RCPT") => match fault {
                Fault::AtRecipient(answer) => say(answer)?,
                _ => say("250 fine")?,
            },
            line if line == "DATA" => {
                if fault == Fault::DiesBefore {
                    stream.shutdown(Shutdown::Both).ok();
                    return None;
                }
                say("354 go on")?;
                let mut message = Vec::new();
                loop {
                    let line = lines.next()?.ok()?;
                    if line == "." {
                        break;
                    }
                    message.push(line);
                }
                given.lock().unwrap().push(message.join("\n"));
                match fault {
                    Fault::DiesAtEnd => {
                        stream.shutdown(Shutdown::Both).ok();
                        return None;
                    }
                    Fault::SilentAtEnd => {
                        wait_for_them_to_leave(&mut lines);
                        return None;
                    }
                    Fault::AtEnd(answer) => say(answer)?,
                    _ => say("250 taken")?,
                }
            }
            line if line == "QUIT" => {
                say("221 bye")?;
                return None;
            }
            _ => say("250 fine")?,
        }
    }
    None
}
