//! A small site on loopback, for the binary: it serves what it is given, and counts who asks.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

/// What is at a path: the head's first words and headers ("200 OK", "Content-Type: text/xml"…), and the body.
type Pages = HashMap<String, (String, String)>;

#[derive(Default)]
struct Shared {
    pages: Mutex<Pages>,
    asked: Mutex<Vec<String>>,
    closing: AtomicBool,
}

/// A site on a port of its own; it ends with its threads when it is dropped.
pub(crate) struct Site {
    port: u16,
    shared: Arc<Shared>,
    door: Option<JoinHandle<()>>,
}

impl Site {
    pub(crate) fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new(Shared::default());
        let kept = Arc::clone(&shared);
        let door = thread::spawn(move || {
            for stream in listener.incoming() {
                if kept.closing.load(Ordering::SeqCst) {
                    break;
                }
                answer(stream.unwrap(), &kept);
            }
        });
        Self { port, shared, door: Some(door) }
    }

    /// Puts a page at a path.
    pub(crate) fn put(&self, path: &str, content_type: &str, body: &str) {
        self.say(path, &format!("200 OK\r\nContent-Type: {content_type}"), body);
    }

    /// Answers a path with a status, headers and a body.
    pub(crate) fn say(&self, path: &str, head: &str, body: &str) {
        let page = (head.to_owned(), body.to_owned());
        self.shared.pages.lock().unwrap().insert(path.to_owned(), page);
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// The paths that were asked for, in order.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.shared.asked.lock().unwrap().clone()
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.shared.closing.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(("127.0.0.1", self.port));
        if let Some(door) = self.door.take() {
            let _ = door.join();
        }
    }
}

fn answer(mut stream: TcpStream, shared: &Shared) {
    let mut head = String::new();
    let mut lines = BufReader::new(stream.try_clone().unwrap());
    while lines.read_line(&mut head).is_ok_and(|length| length > 2) {}
    let Some(path) = head.split(' ').nth(1) else { return };
    shared.asked.lock().unwrap().push(path.to_owned());
    let nothing = ("404 Not Found".to_owned(), String::new());
    let (head, body) = shared.pages.lock().unwrap().get(path).cloned().unwrap_or(nothing);
    let length = body.len();
    let _ = write!(
        stream,
        "HTTP/1.1 {head}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    );
}
