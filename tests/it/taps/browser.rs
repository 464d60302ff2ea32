//! Pages on a free port, and requests byte by byte.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use overheard::clock::{Clock, FixedClock};
use overheard::store::Store;
use overheard::web::pages::{Opened, Pages};
use tokio::sync::{Notify, watch};

use super::World;

/// Pages that are open until it is dropped.
pub(super) struct Open {
    address: SocketAddr,
    pub(super) clock: Arc<FixedClock>,
    stop: watch::Sender<bool>,
    thread: Option<JoinHandle<()>>,
}

/// An answer.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) status: u16,
    pub(super) head: String,
    pub(super) body: String,
}

impl Open {
    pub(super) fn of(world: &World) -> Self {
        let clock = Arc::new(FixedClock::at(World::now()));
        // The market never changes here: the last that was sent stays readable.
        let (_, market) = watch::channel(Arc::clone(&world.market));
        let pages = Pages {
            store: Arc::clone(&world.store) as Arc<dyn Store>,
            market,
            links: world.links.clone(),
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
            note_came: Arc::new(Notify::new()),
        };
        let (stop, stopped) = watch::channel(false);
        let (sender, receiver) = std::sync::mpsc::channel();
        let thread = thread::spawn(move || {
            let reactor =
                tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
            reactor.unwrap().block_on(async {
                let opened = Opened::at("127.0.0.1:0".parse().unwrap(), pages).await.unwrap();
                sender.send(opened.address().unwrap()).unwrap();
                opened.serve(stopped).await.unwrap();
            });
        });
        Self { address: receiver.recv().unwrap(), clock, stop, thread: Some(thread) }
    }

    pub(super) fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).unwrap()
    }

    /// GETs what a link leads to.
    pub(super) fn get(&self, url: &str) -> Seen {
        self.ask("GET", url, "", "")
    }

    /// POSTs a form there.
    pub(super) fn post(&self, url: &str, form: &str) -> Seen {
        self.ask("POST", url, "Content-Type: application/x-www-form-urlencoded\r\n", form)
    }

    pub(super) fn ask(&self, method: &str, url: &str, headers: &str, body: &str) -> Seen {
        let path = url.trim_start_matches("https://overheard.example");
        let mut stream = self.connect();
        let length = body.len();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: overheard.example\r\nConnection: close\r\n\
             Content-Length: {length}\r\n{headers}\r\n{body}"
        )
        .unwrap();
        let mut bytes = Vec::new();
        // A body that is too long is answered before it is read: the connection may be reset then.
        let _ = stream.read_to_end(&mut bytes);
        let text = String::from_utf8(bytes).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Seen { status, head: head.to_lowercase(), body: body.to_owned() }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.stop.send_replace(true);
        let joined = self.thread.take().map(JoinHandle::join);
        assert!(joined.is_some_and(|joined| joined.is_ok()) || thread::panicking());
    }
}
