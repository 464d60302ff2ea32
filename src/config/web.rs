//! The pages a reader reaches from a digest.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use url::{Host, Url};

/// Where `overheard serve` shows its pages, and how readers reach them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WebSettings {
    /// The address to listen on; empty for no pages.
    pub listen: String,
    /// Where readers reach them; empty for no links in digests.
    pub base_url: String,
    /// The Maildir in which answers to digests arrive; empty for none.
    pub replies: PathBuf,
}

impl Default for WebSettings {
    fn default() -> Self {
        let listen = "127.0.0.1:8089".to_owned();
        Self { listen, base_url: String::new(), replies: PathBuf::new() }
    }
}

impl WebSettings {
    /// Where to listen, if there are to be pages: only where readers can reach them.
    #[must_use]
    pub fn address(&self) -> Option<SocketAddr> {
        if self.base_url.is_empty() { None } else { self.listen.parse().ok() }
    }

    /// The Maildir of answers, where one is named.
    #[must_use]
    pub fn replies(&self) -> Option<&Path> {
        Some(&*self.replies).filter(|folder| !folder.as_os_str().is_empty())
    }

    /// Whether what is asked for, and the links with it, go over a line to others in the clear.
    pub fn is_in_the_clear(&self) -> bool {
        let url = Url::parse(&self.base_url).ok();
        url.is_some_and(|url| {
            let nearby = match url.host() {
                Some(Host::Domain(name)) => name == "localhost",
                Some(Host::Ipv4(address)) => address.is_loopback(),
                Some(Host::Ipv6(address)) => address.is_loopback(),
                None => false,
            };
            url.scheme() == "http" && !nearby
        })
    }

    /// Whether these settings can be used.
    ///
    /// # Errors
    /// In words, where one cannot.
    pub fn check(&self) -> Result<(), String> {
        if !self.listen.is_empty() && self.listen.parse::<SocketAddr>().is_err() {
            let listen = &self.listen;
            return Err(format!("{listen:?} is no address and port; write 127.0.0.1:8089"));
        }
        if self.base_url.is_empty() {
            return Ok(());
        }
        let url = Url::parse(&self.base_url).ok();
        let fits = |url: &Url| {
            matches!(url.scheme(), "http" | "https")
                && url.host().is_some()
                && url.query().is_none()
                && url.fragment().is_none()
                && url.username().is_empty()
                && url.password().is_none()
        };
        if url.as_ref().is_none_or(|url| !fits(url)) {
            let base = &self.base_url;
            return Err(format!("{base:?} is no place for pages; write https://overheard.example"));
        }
        Ok(())
    }
}
