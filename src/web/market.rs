//! The sample market: a small loopback server with one virtual host a site.
//!
//! It stands for the web when there is none: the sample market's own sites
//! ([`Market::start`]), or recorded bodies from a folder ([`Market::of`]). Headers are honest: a
//! validator that holds, a 304 where it does, the Link header of a paged list.
//!
//! Sites keep their own names. A client that lets `dailyrack.example` resolve to
//! [`Market::address`] reads `http://dailyrack.example/feed.rss` as it would on the web, and
//! neither a key nor a link depends on the port.

mod answer;
pub mod sample;

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use tokio::sync::watch;

use answer::{Site, answer};

/// How long open connections may finish once the market closes; whatever is left is dropped.
/// Answers take microseconds, so only a client that keeps an idle connection reaches it.
const CLOSING_TIME: Duration = Duration::from_millis(250);

/// One file of a site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Served {
    /// The site's host name, without a port.
    pub host: String,
    /// The path from the root, beginning with `/`.
    pub path: String,
    /// The Content-Type header.
    pub content_type: String,
    /// The file, as it is sent.
    pub body: Bytes,
}

/// How a host behaves.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Manner {
    /// It answers with its files.
    #[default]
    Serves,
    /// It answers 500 to everything.
    Fails,
    /// It takes the request and never answers.
    Hangs,
    /// It answers 429 and asks to be left alone for this long.
    Busy(Duration),
}

/// A market that is open: it serves until it is closed or dropped.
#[derive(Debug)]
pub struct Market {
    address: SocketAddr,
    hosts: BTreeSet<String>,
    close: watch::Sender<bool>,
    /// The one thread everything runs on; taken by whoever joins it.
    server: Option<JoinHandle<io::Result<()>>>,
}

impl Market {
    /// Opens the sample market on a free port of 127.0.0.1.
    ///
    /// # Errors
    /// Where no port can be had or no thread started.
    pub fn start() -> io::Result<Self> {
        Self::open(sample::files(), &sample::MANNERS)
    }

    /// Opens a market of these files on a free port of 127.0.0.1.
    ///
    /// # Errors
    /// Where no port can be had or no thread started.
    pub fn of(files: Vec<Served>) -> io::Result<Self> {
        Self::open(files, &[])
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The host names it answers to: a client is to resolve each of them to [`Self::address`].
    #[must_use]
    pub fn hosts(&self) -> &BTreeSet<String> {
        &self.hosts
    }

    /// Closes the market, hanging requests included, and waits until its thread has ended.
    ///
    /// # Errors
    /// Where the server had failed.
    pub fn close(mut self) -> io::Result<()> {
        self.join()
    }

    fn open(files: Vec<Served>, manners: &[(&str, Manner)]) -> io::Result<Self> {
        let mut sites: BTreeMap<String, Site> = BTreeMap::new();
        for file in files {
            sites.entry(file.host.to_ascii_lowercase()).or_default().put(file);
        }
        for (host, manner) in manners {
            sites.entry((*host).to_owned()).or_default().manner = *manner;
        }
        let hosts = sites.keys().cloned().collect();

        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let (close, closing) = watch::channel(false);
        let server = thread::Builder::new()
            .name("market".into())
            .spawn(move || serve(listener, sites, closing))?;
        Ok(Self { address, hosts, close, server: Some(server) })
    }

    fn join(&mut self) -> io::Result<()> {
        // The receiver is gone only if the thread has already ended.
        let _ = self.close.send(true);
        match self.server.take().map(JoinHandle::join) {
            None => Ok(()),
            Some(Ok(ended)) => ended,
            Some(Err(_)) => Err(io::Error::other("the market's thread panicked")),
        }
    }
}

impl Drop for Market {
    fn drop(&mut self) {
        let _ = self.join();
    }
}

/// Serves until `closing` turns true. The runtime is the thread's own: when it is dropped at the
/// end, every connection that is still open ends with it.
fn serve(
    listener: TcpListener,
    sites: BTreeMap<String, Site>,
    closing: watch::Receiver<bool>,
) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async move {
        let listener = tokio::net::TcpListener::from_std(listener)?;
        let (sites, asked) = (Arc::new(sites), closing.clone());
        let router = Router::new().fallback(move |request| answer(sites, asked, request));
        let server = axum::serve(listener, router).with_graceful_shutdown(closed(closing.clone()));
        let enough = async {
            closed(closing).await;
            tokio::time::sleep(CLOSING_TIME).await;
        };
        tokio::select! {
            ended = server => ended,
            () = enough => Ok(()),
        }
    })
}

/// Waits until the market closes.
async fn closed(mut closing: watch::Receiver<bool>) {
    // An error means that the market was dropped, which is closing too.
    let _ = closing.wait_for(|closed| *closed).await;
}
