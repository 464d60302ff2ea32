//! The readers' pages: taps, notes, the digest, a feed, a calendar, and the end of the mails.
//!
//! Whoever has an address may use it, as with a letter: nobody signs in. So a page shows no more than the
//! point it is of, is kept by nobody in between, and sends no address on. A GET changes nothing, for mail
//! scanners follow links; a POST does.

mod answer;
mod calendar;
mod door;
mod feed;
mod point;
mod rates;
mod sheet;
mod told;

use std::future::IntoFuture as _;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use tokio::sync::{Notify, watch};

use self::door::Door;
use self::rates::Rates;
use crate::clock::Clock;
use crate::config::Market;
use crate::store::Store;
use crate::views::Links;

/// How long those who are being answered are waited for at the end.
const LAST_ANSWERS: Duration = Duration::from_secs(2);

/// What the pages are made from.
pub struct Pages {
    /// Where everything is kept.
    pub store: Arc<dyn Store>,
    /// The market in force: readers come and go.
    pub market: watch::Receiver<Arc<Market>>,
    /// The addresses, and the key they are signed with.
    pub links: Links,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Notified when a note came: it is to be judged.
    pub note_came: Arc<Notify>,
}

/// The pages, ready to be served.
pub struct Opened {
    listener: tokio::net::TcpListener,
    pages: Arc<Pages>,
}

impl Opened {
    /// Takes the address.
    ///
    /// # Errors
    /// It cannot be had.
    pub async fn at(address: SocketAddr, pages: Pages) -> io::Result<Self> {
        let listener = tokio::net::TcpListener::bind(address).await?;
        Ok(Self { listener, pages: Arc::new(pages) })
    }

    /// Where they are.
    ///
    /// # Errors
    /// The system does not say.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Serves until `stop` turns true.
    ///
    /// # Errors
    /// The server failed.
    pub async fn serve(self, stop: watch::Receiver<bool>) -> io::Result<()> {
        let (pages, rates) = (self.pages, Arc::new(Rates::default()));
        let router = Router::new().fallback(move |request: Request| {
            answer::answer(Arc::clone(&pages), Arc::clone(&rates), request)
        });
        let stopped = |mut stop: watch::Receiver<bool>| async move {
            // Nobody is left who could ask for it: that is the end, too.
            let _ = stop.wait_for(|stop| *stop).await;
        };
        let served = axum::serve(Door::at(self.listener), router)
            .with_graceful_shutdown(stopped(stop.clone()));
        let enough = async {
            stopped(stop).await;
            tokio::time::sleep(LAST_ANSWERS).await;
        };
        tokio::select! {
            served = served.into_future() => served,
            () = enough => Ok(()),
        }
    }
}
