//! A small site on loopback, for the binary: it serves what it is given, and counts who asks.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use crate::crawl::server::{Server, answer};

/// What is at a path: the head's first words and headers ("200 OK", "Content-Type: text/xml"…), and the body.
type Pages = HashMap<String, (String, String)>;

/// A site on a port of its own; it ends with its threads when it is dropped.
pub(crate) struct Site {
    server: Server,
    pages: Arc<Mutex<Pages>>,
}

impl Site {
    pub(crate) fn open() -> Self {
        let pages = Arc::new(Mutex::new(Pages::new()));
        let shown = Arc::clone(&pages);
        let server = Server::start(move |asked| match shown.lock().unwrap().get(asked.path()) {
            Some((head, body)) => answer(head, &[], body.as_bytes()),
            None => answer("404 Not Found", &[], b""),
        });
        Self { server, pages }
    }

    /// Puts a page at a path.
    pub(crate) fn put(&self, path: &str, content_type: &str, body: &str) {
        self.say(path, &format!("200 OK\r\nContent-Type: {content_type}"), body);
    }

    /// Answers a path with a status, headers and a body.
    pub(crate) fn say(&self, path: &str, head: &str, body: &str) {
        let page = (head.to_owned(), body.to_owned());
        self.pages.lock().unwrap().insert(path.to_owned(), page);
    }

    pub(crate) fn url(&self, path: &str) -> String {
        self.server.url(path)
    }

    /// The paths that were asked for, in order.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.server.paths()
    }
}
