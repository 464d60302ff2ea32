//! Handing something over to a webhook: once, to a public address, and never anywhere else.

use std::time::Duration;

use url::Url;

use super::Http;
use super::answers::Trouble;
use crate::clock::Clock;
use crate::crawl::addresses::{self, Allowed};

/// Bytes of an answer's body that are read: enough for the reason of a refusal.
pub(super) const SAID_BYTES: usize = 2_000;

/// What a webhook answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posted {
    /// The status.
    pub status: u16,
    /// How long it asks us to wait.
    pub retry_after: Option<Duration>,
    /// The beginning of what it said.
    pub said: String,
}

/// Why there is no answer. The sentences name the host and no more: the URL of a webhook is a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotPosted {
    /// Nothing was handed over.
    #[error("{0}")]
    Unreached(String),
    /// It may have arrived.
    #[error("{0}")]
    Unanswered(String),
}

/// Whether something arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Arrived {
    Not,
    Perhaps,
}

impl Http {
    /// Hands a body over, once: nothing is tried again, and no redirect is followed. Without TLS only to
    /// hosts that the operator allows by name.
    ///
    /// # Errors
    /// [`NotPosted`].
    pub async fn post(
        &self,
        url: &Url,
        headers: &[(&'static str, String)],
        body: Vec<u8>,
        clock: &dyn Clock,
    ) -> Result<Posted, NotPosted> {
        let host = url.host_str().unwrap_or_default();
        may_be_posted_to(url, &self.allowed).map_err(NotPosted::Unreached)?;
        let whole = Duration::from_millis(self.settings.whole_timeout_ms);
        let posted = tokio::time::timeout(whole, self.client.post(url, headers, body, clock)).await;
        let Ok(posted) = posted else {
            let seconds = whole.as_secs();
            return Err(NotPosted::Unanswered(format!("{host} said nothing for {seconds} s")));
        };
        posted.map_err(|(trouble, arrived)| {
            let why = format!("{host}: {}", said_of(trouble));
            match arrived {
                Arrived::Not => NotPosted::Unreached(why),
                Arrived::Perhaps => NotPosted::Unanswered(why),
            }
        })
    }
}

/// Refuses what nothing is handed over to, as far as its URL says that.
///
/// # Errors
/// In words.
pub fn may_be_posted_to(url: &Url, allowed: &Allowed) -> Result<(), String> {
    let host = url.host_str().unwrap_or_default();
    match url.scheme() {
        "https" => {}
        "http" if allowed.has(host) => {}
        "http" => {
            return Err(format!(
                "{host} would be spoken to so that everybody on the way can listen: use https, or \
                 name the host in allowed_hosts"
            ));
        }
        _ => return Err(format!("{host}: only https URLs are webhooks")),
    }
    addresses::check_literal(url, allowed)
        .map_err(|found| format!("{found}: name the host in allowed_hosts if it is meant"))
}

fn said_of(trouble: Trouble) -> String {
    match trouble {
        Trouble::Forbidden(found) => {
            format!("{found}: name the host in allowed_hosts if it is meant")
        }
        Trouble::NoAddress => "it has no address: check its spelling".to_owned(),
        Trouble::Tls(why) => format!("no protected connection ({why})"),
        Trouble::NoTls => "it does not speak TLS at this port".to_owned(),
        Trouble::NoConnectionInTime => "no connection in time".to_owned(),
        Trouble::NoConnection(why) => format!("no connection ({why})"),
        Trouble::BrokenHttp(why) => format!("it broke off ({why})"),
    }
}
