//! A server that can be as broken as real ones are: the library's own, which writes the bytes it is told to.

use std::net::Ipv6Addr;
use std::ops::Deref;

use overheard::web::mirror::Mirror;
pub(crate) use overheard::web::mirror::{Asked, Reply};

/// A server on a port of its own; it ends, threads and all, when it is dropped.
pub(crate) struct Server(Mirror);

impl Server {
    pub(crate) fn start(reply: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        Self(Mirror::open(reply).unwrap())
    }

    /// The same on IPv6's loopback.
    pub(crate) fn start_v6(reply: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        Self(Mirror::open_at(Ipv6Addr::LOCALHOST.into(), reply).unwrap())
    }
}

impl Deref for Server {
    type Target = Mirror;

    fn deref(&self) -> &Mirror {
        &self.0
    }
}

/// An answer with a body and its length.
pub(crate) fn answer(status: &str, headers: &[&str], body: &[u8]) -> Reply {
    Reply::of(status, headers, body)
}

/// A 200.
pub(crate) fn ok(headers: &[&str], body: &str) -> Reply {
    answer("200 OK", headers, body.as_bytes())
}
