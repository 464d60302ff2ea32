//! The door: how many may come in, and for how long. A caller who says nothing, or one byte a minute, keeps
//! one of a bounded number of places for a bounded time.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::serve::Listener;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Sleep, sleep};

/// Connections at a time: a page takes milliseconds, and each costs a few kilobytes.
const CONNECTIONS: usize = 256;

/// How long one may last: a phone on a slow line sends a note of a few kilobytes in it.
const LASTS: Duration = Duration::from_secs(30);

/// How long to wait when the system gives no more connections.
const REST: Duration = Duration::from_millis(200);

/// Takes connections, so many at a time.
#[derive(Debug)]
pub(super) struct Door {
    listener: TcpListener,
    places: Arc<Semaphore>,
}

impl Door {
    pub(super) fn at(listener: TcpListener) -> Self {
        Self { listener, places: Arc::new(Semaphore::new(CONNECTIONS)) }
    }
}

impl Listener for Door {
    type Io = Guest;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Guest, SocketAddr) {
        loop {
            // It is never closed.
            let Ok(place) = Arc::clone(&self.places).acquire_owned().await else {
                sleep(REST).await;
                continue;
            };
            match self.listener.accept().await {
                Ok((stream, address)) => {
                    let until = Box::pin(sleep(LASTS));
                    return (Guest { stream, until, _place: place }, address);
                }
                Err(error) => {
                    tracing::debug!(%error, "a connection to the pages could not be taken");
                    sleep(REST).await;
                }
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

/// A connection that ends.
#[derive(Debug)]
pub(super) struct Guest {
    stream: TcpStream,
    until: Pin<Box<Sleep>>,
    _place: OwnedSemaphorePermit,
}

impl Guest {
    /// Whether its time is up; else it is woken when that is.
    fn is_over(&mut self, cx: &mut Context<'_>) -> bool {
        self.until.as_mut().poll(cx).is_ready()
    }
}

fn over() -> io::Error {
    io::Error::new(io::ErrorKind::TimedOut, "its time is up")
}

impl AsyncRead for Guest {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.is_over(cx) {
            return Poll::Ready(Err(over()));
        }
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Guest {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.is_over(cx) {
            return Poll::Ready(Err(over()));
        }
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
