//! A server that can be as broken as real ones are: it writes the bytes it is told to.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// What the server does with a request.
pub(crate) enum Reply {
    /// Writes these bytes and closes.
    Bytes(Vec<u8>),
    /// Writes these bytes, then one more now and then until the other side hangs up.
    Drip(Vec<u8>),
    /// Says nothing until the other side hangs up.
    Hang,
}

/// A request as it came.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    /// The head, a char a byte.
    pub(crate) head: String,
    pub(crate) at: Instant,
}

impl Asked {
    pub(crate) fn method(&self) -> &str {
        self.head.split(' ').next().unwrap()
    }

    pub(crate) fn path(&self) -> &str {
        self.head.split(' ').nth(1).unwrap()
    }

    /// A header's value, the blank after the colon taken off and nothing else.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.split("\r\n").skip(1).find_map(|line| {
            let (found, value) = line.split_once(':')?;
            found.eq_ignore_ascii_case(name).then(|| value.strip_prefix(' ').unwrap_or(value))
        })
    }
}

#[derive(Default)]
struct Book {
    asked: Mutex<Vec<Asked>>,
    open: AtomicUsize,
    most_open: AtomicUsize,
    closing: AtomicBool,
}

/// A server on a port of its own; it ends, threads and all, when it is dropped.
pub(crate) struct Server {
    host: &'static str,
    port: u16,
    book: Arc<Book>,
    door: Option<JoinHandle<()>>,
}

impl Server {
    pub(crate) fn start(reply: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        Self::listening("127.0.0.1", reply)
    }

    /// The same on IPv6's loopback.
    pub(crate) fn start_v6(reply: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        Self::listening("::1", reply)
    }

    fn listening(
        host: &'static str,
        reply: impl Fn(&Asked) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind((host, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let book = Arc::new(Book::default());
        let (kept, reply) = (Arc::clone(&book), Arc::new(reply));
        let door = thread::spawn(move || {
            let mut guests = Vec::new();
            for stream in listener.incoming() {
                if kept.closing.load(Ordering::SeqCst) {
                    break;
                }
                let (book, reply) = (Arc::clone(&kept), Arc::clone(&reply));
                guests.push(thread::spawn(move || serve(stream.unwrap(), &book, &*reply)));
            }
            for guest in guests {
                guest.join().unwrap();
            }
        });
        Self { host, port, book, door: Some(door) }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        match self.host {
            "::1" => format!("http://[::1]:{}{path}", self.port),
            host => format!("http://{host}:{}{path}", self.port),
        }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Every request so far.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.book.asked.lock().unwrap().clone()
    }

    /// The paths asked for so far.
    pub(crate) fn paths(&self) -> Vec<String> {
        self.asked().iter().map(|asked| asked.path().to_owned()).collect()
    }

    /// The most connections that ever were open at a time.
    pub(crate) fn most_open(&self) -> usize {
        self.book.most_open.load(Ordering::SeqCst)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.book.closing.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect((self.host, self.port));
        if let Some(door) = self.door.take() {
            let _ = door.join();
        }
    }
}

/// An answer with a body and its length.
pub(crate) fn answer(status: &str, headers: &[&str], body: &[u8]) -> Reply {
    let mut bytes = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n", body.len());
    for header in headers {
        bytes += header;
        bytes += "\r\n";
    }
    bytes += "Connection: close\r\n\r\n";
    Reply::Bytes([bytes.as_bytes(), body].concat())
}

/// A 200.
pub(crate) fn ok(headers: &[&str], body: &str) -> Reply {
    answer("200 OK", headers, body.as_bytes())
}

fn serve(mut stream: TcpStream, book: &Book, reply: &dyn Fn(&Asked) -> Reply) {
    let open = book.open.fetch_add(1, Ordering::SeqCst) + 1;
    book.most_open.fetch_max(open, Ordering::SeqCst);
    if let Some(asked) = read_head(&mut stream) {
        book.asked.lock().unwrap().push(asked.clone());
        // Counted as closed before the last byte: the client may be back before this thread is.
        match reply(&asked) {
            Reply::Bytes(bytes) => {
                book.open.fetch_sub(1, Ordering::SeqCst);
                // The client may hang up early, and is meant to on a bomb.
                let _ = stream.write_all(&bytes);
                let _ = stream.shutdown(Shutdown::Write);
            }
            Reply::Drip(bytes) => {
                let _ = stream.write_all(&bytes);
                while !book.closing.load(Ordering::SeqCst) && stream.write_all(b".").is_ok() {
                    thread::sleep(Duration::from_millis(5));
                }
                book.open.fetch_sub(1, Ordering::SeqCst);
            }
            Reply::Hang => {
                // The client's side may close only when its runtime runs again, after this server.
                let patience = Some(Duration::from_millis(10));
                stream.set_read_timeout(patience).unwrap();
                while !book.closing.load(Ordering::SeqCst) {
                    match stream.read(&mut [0; 1]) {
                        Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                        _ => break,
                    }
                }
                book.open.fetch_sub(1, Ordering::SeqCst);
            }
        }
    } else {
        book.open.fetch_sub(1, Ordering::SeqCst);
    }
}

/// The first byte of a TLS record that begins a handshake.
const TLS_HANDSHAKE: u8 = 0x16;

fn read_head(stream: &mut TcpStream) -> Option<Asked> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        if head == [TLS_HANDSHAKE] {
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
            return None;
        }
        match stream.read(&mut byte) {
            Ok(1) if head.len() < 65_536 => head.push(byte[0]),
            _ => return None,
        }
    }
    Some(Asked { head: head.iter().copied().map(char::from).collect(), at: Instant::now() })
}
