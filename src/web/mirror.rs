//! A small server on loopback that writes down what it is asked: the site owner's side of a visit.
//!
//! It answers byte for byte what it is told to, which a web framework would tidy up.

use std::io::{self, ErrorKind, Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// The longest head that is read; our own client's is a few hundred bytes.
const LONGEST_HEAD: usize = 64 * 1024;
/// How often a connection that says nothing looks whether the server closes.
const LOOK: Duration = Duration::from_millis(10);
/// The time between two bytes of an answer that trickles.
const TRICKLE: Duration = Duration::from_millis(5);
/// The first byte of a TLS record that begins a handshake.
const TLS_HANDSHAKE: u8 = 0x16;

/// What is done with a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// These bytes are written, and the connection closed.
    Bytes(Vec<u8>),
    /// These bytes are written, then one more now and then until the other side hangs up.
    Trickle(Vec<u8>),
    /// Nothing is said until the other side hangs up.
    Silence,
}

impl Reply {
    /// An answer with this status line's end ("200 OK"), these header lines, and this body.
    #[must_use]
    pub fn of(status: &str, headers: &[&str], body: &[u8]) -> Self {
        let mut head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n", body.len());
        for header in headers {
            head += header;
            head += "\r\n";
        }
        head += "Connection: close\r\n\r\n";
        Self::Bytes([head.as_bytes(), body].concat())
    }
}

/// A request as it came.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The head, one char a byte.
    head: String,
    /// When its last byte came.
    pub at: Instant,
}

impl Asked {
    /// The head, one char a byte.
    #[must_use]
    pub fn head(&self) -> &str {
        &self.head
    }

    /// The method.
    #[must_use]
    pub fn method(&self) -> &str {
        self.head.split(' ').next().unwrap_or_default()
    }

    /// The path with its query.
    #[must_use]
    pub fn path(&self) -> &str {
        self.head.split(' ').nth(1).unwrap_or_default()
    }

    /// A header's value, one char a byte; the blank after the colon is taken off, and nothing else.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.split("\r\n").skip(1).find_map(|line| {
            let (found, value) = line.split_once(':')?;
            found.eq_ignore_ascii_case(name).then(|| value.strip_prefix(' ').unwrap_or(value))
        })
    }

    /// Whether it asks only whether something has changed.
    #[must_use]
    pub fn is_conditional(&self) -> bool {
        self.header("If-None-Match").is_some() || self.header("If-Modified-Since").is_some()
    }
}

type Answering = dyn Fn(&Asked) -> Reply + Send + Sync;

#[derive(Default)]
struct Book {
    asked: Mutex<Vec<Asked>>,
    open: AtomicUsize,
    most_open: AtomicUsize,
    closing: AtomicBool,
}

/// The server. It ends, threads and all, when it is dropped.
pub struct Mirror {
    address: SocketAddr,
    book: Arc<Book>,
    door: Option<JoinHandle<()>>,
}

impl Mirror {
    /// Opens it on a free port of 127.0.0.1.
    ///
    /// # Errors
    /// Where no port can be had or no thread started.
    pub fn open(answer: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> io::Result<Self> {
        Self::open_at(Ipv4Addr::LOCALHOST.into(), answer)
    }

    /// The same at another address of this machine.
    ///
    /// # Errors
    /// See [`Mirror::open`].
    pub fn open_at(
        address: IpAddr,
        answer: impl Fn(&Asked) -> Reply + Send + Sync + 'static,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind((address, 0))?;
        let address = listener.local_addr()?;
        let book = Arc::new(Book::default());
        let (kept, answer): (_, Arc<Answering>) = (Arc::clone(&book), Arc::new(answer));
        let door = thread::Builder::new().name("mirror".into()).spawn(move || {
            let mut guests = Vec::new();
            for stream in listener.incoming().map_while(Result::ok) {
                if kept.closing.load(Ordering::SeqCst) {
                    break;
                }
                let (book, answer) = (Arc::clone(&kept), Arc::clone(&answer));
                guests.push(thread::spawn(move || serve(stream, &book, &*answer)));
            }
            for guest in guests {
                // One that panicked has served its guest badly, and the row says so.
                let _ = guest.join();
            }
        })?;
        Ok(Self { address, book, door: Some(door) })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The URL of a path there.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Every request so far.
    #[must_use]
    pub fn asked(&self) -> Vec<Asked> {
        self.book.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The paths asked for so far.
    #[must_use]
    pub fn paths(&self) -> Vec<String> {
        self.asked().iter().map(|asked| asked.path().to_owned()).collect()
    }

    /// The most connections that ever were open at a time.
    #[must_use]
    pub fn most_open(&self) -> usize {
        self.book.most_open.load(Ordering::SeqCst)
    }
}

impl Drop for Mirror {
    fn drop(&mut self) {
        self.book.closing.store(true, Ordering::SeqCst);
        // Wakes the door up, so that it sees the sign.
        let _ = TcpStream::connect(self.address);
        if let Some(door) = self.door.take() {
            let _ = door.join();
        }
    }
}

fn serve(mut stream: TcpStream, book: &Book, answer: &Answering) {
    let open = book.open.fetch_add(1, Ordering::SeqCst) + 1;
    book.most_open.fetch_max(open, Ordering::SeqCst);
    let asked = read_head(&mut stream);
    let reply = asked.map(|asked| {
        book.asked.lock().unwrap_or_else(PoisonError::into_inner).push(asked.clone());
        answer(&asked)
    });
    match &reply {
        Some(Reply::Silence) => {
            let _ = stream.set_read_timeout(Some(LOOK));
            while !book.closing.load(Ordering::SeqCst) {
                match stream.read(&mut [0; 1]) {
                    Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                    _ => break,
                }
            }
        }
        Some(Reply::Trickle(bytes)) => {
            let _ = stream.write_all(bytes);
            while !book.closing.load(Ordering::SeqCst) && stream.write_all(b".").is_ok() {
                thread::sleep(TRICKLE);
            }
        }
        Some(Reply::Bytes(_)) | None => {}
    }
    // Counted as closed before the last byte: the client may be back before this thread is.
    book.open.fetch_sub(1, Ordering::SeqCst);
    if let Some(Reply::Bytes(bytes)) = reply {
        // The client may hang up early, and is meant to on a bomb.
        let _ = stream.write_all(&bytes);
        let _ = stream.shutdown(Shutdown::Write);
    }
}

fn read_head(stream: &mut TcpStream) -> Option<Asked> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        if head == [TLS_HANDSHAKE] {
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
            return None;
        }
        match stream.read(&mut byte) {
            Ok(1) if head.len() < LONGEST_HEAD => head.push(byte[0]),
            _ => return None,
        }
    }
    Some(Asked { head: head.iter().copied().map(char::from).collect(), at: Instant::now() })
}
