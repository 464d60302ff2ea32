//! How the client behaves, as an operator may set it.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// How the client behaves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Who we say we are: product/version and a URL where a site's owner finds us.
    pub user_agent: String,
    /// How long to wait for a connection, name lookup and TLS handshake included.
    pub connect_timeout_ms: u64,
    /// How long to wait for the first byte of an answer.
    pub first_byte_timeout_ms: u64,
    /// How long one request may take in all: a body that drips is cut off.
    pub whole_timeout_ms: u64,
    /// The longest body, content-coding undone.
    pub body_limit_bytes: usize,
    /// How many redirects are followed.
    pub redirect_limit: u8,
    /// The least time between two requests to a host for feeds.
    pub feed_gap_ms: u64,
    /// The least time between two requests to a host for pages, unless its robots.txt names one.
    pub page_gap_ms: u64,
    /// Hosts that may be read although their address is private: names or addresses.
    pub allowed_hosts: Vec<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            user_agent: concat!(
                "Overheard/",
                env!("CARGO_PKG_VERSION"),
                " (+https://overheard.example/bot)"
            )
            .to_owned(),
            connect_timeout_ms: 10_000,
            // Some blogs make their feed from scratch for every request.
            first_byte_timeout_ms: 20_000,
            whole_timeout_ms: 60_000,
            // The largest feeds met, 10,000 entries in full, have some 10 MB.
            body_limit_bytes: 16 * 1024 * 1024,
            redirect_limit: 5,
            feed_gap_ms: 1_000,
            page_gap_ms: 5_000,
            allowed_hosts: Vec::new(),
        }
    }
}

/// Settings that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{key}: {why}")]
pub struct BadSettings {
    /// The key at fault.
    pub key: &'static str,
    /// What is wrong, and what is allowed.
    pub why: String,
}

impl Settings {
    /// The word by which robots.txt knows us: the user agent up to its first slash.
    #[must_use]
    pub fn product_token(&self) -> &str {
        self.user_agent.split('/').next().unwrap_or_default()
    }

    /// The least time between two requests to a host for feeds.
    #[must_use]
    pub fn feed_gap(&self) -> Duration {
        Duration::from_millis(self.feed_gap_ms)
    }

    /// The least time between two requests to a host for pages.
    #[must_use]
    pub fn page_gap(&self) -> Duration {
        Duration::from_millis(self.page_gap_ms)
    }

    /// A host that has said nothing for so long is not waited for by anybody but its own sources: a
    /// twelfth of the time a request may take, 5 s unless the operator says otherwise.
    #[must_use]
    pub fn silence(&self) -> Duration {
        Duration::from_millis(self.whole_timeout_ms) / 12
    }

    /// Finds what cannot be used.
    ///
    /// # Errors
    /// [`BadSettings`], the first there is.
    pub fn check(&self) -> Result<(), BadSettings> {
        let agent = self.user_agent.to_lowercase();
        let is_token = |c: char| c.is_ascii_alphabetic() || matches!(c, '-' | '_');
        let token = self.product_token();
        if token.is_empty() || !token.chars().all(is_token) {
            let why = "must begin with a product's name and version, as in `Acme-Listener/1.0`";
            return Err(BadSettings { key: "user_agent", why: why.to_owned() });
        }
        if !(agent.contains("http://") || agent.contains("https://") || agent.contains("mailto:")) {
            let why = "must hold a URL where a site's owner can reach you, as in `(+https://…)`";
            return Err(BadSettings { key: "user_agent", why: why.to_owned() });
        }
        // A guest that dresses up as a browser is shown out by the sites worth listening to.
        if ["mozilla/", "chrome/", "safari/", "applewebkit/"]
            .iter()
            .any(|name| agent.contains(name))
        {
            let why = "must not be a browser's: sites may then refuse us with good reason";
            return Err(BadSettings { key: "user_agent", why: why.to_owned() });
        }
        let limits = [
            ("connect_timeout_ms", self.connect_timeout_ms),
            ("first_byte_timeout_ms", self.first_byte_timeout_ms),
            ("whole_timeout_ms", self.whole_timeout_ms),
            ("body_limit_bytes", self.body_limit_bytes as u64),
        ];
        match limits.into_iter().find(|(_, value)| *value == 0) {
            Some((key, _)) => Err(BadSettings { key, why: "must be more than 0".to_owned() }),
            None => Ok(()),
        }
    }
}
