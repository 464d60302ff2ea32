//! How mail is handed over.

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::address;

/// The server that takes our mail, and whom it is from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MailSettings {
    /// Its name; empty where no mail is sent.
    pub server: String,
    /// Its port.
    pub port: u16,
    /// How the way there is protected.
    pub tls: Tls,
    /// Certificates it may be vouched for by besides the system's, as PEM; empty for none.
    pub ca_file: PathBuf,
    /// Who we are to it; empty where it asks for nobody.
    pub user: String,
    /// The file with the password, which only we can read; empty for the environment's
    /// OVERHEARD_MAIL_PASSWORD.
    pub password_file: PathBuf,
    /// Whom mails are from: an address.
    pub from: String,
    /// Whom an answer goes to: an address; empty for the sender's.
    pub reply_to: String,
}

/// How the way to a mail server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tls {
    /// From the first line of talk on, as it is asked for there.
    #[default]
    Starttls,
    /// From the first byte on.
    Tls,
    /// Not at all: to a server on this machine alone.
    None,
}

impl Default for MailSettings {
    fn default() -> Self {
        Self {
            server: String::new(),
            port: 587,
            tls: Tls::default(),
            ca_file: PathBuf::new(),
            user: String::new(),
            password_file: PathBuf::new(),
            from: String::new(),
            reply_to: String::new(),
        }
    }
}

impl MailSettings {
    /// Whether mail is sent.
    #[must_use]
    pub fn is_there(&self) -> bool {
        !self.server.is_empty()
    }

    /// Whom an answer goes to.
    #[must_use]
    pub fn reply_to(&self) -> &str {
        if self.reply_to.is_empty() { &self.from } else { &self.reply_to }
    }

    /// The file with the password, where one is named.
    #[must_use]
    pub fn password_file(&self) -> Option<&Path> {
        Some(&*self.password_file).filter(|file| !file.as_os_str().is_empty())
    }

    /// Whether each of these settings can be used.
    ///
    /// # Errors
    /// In words, where one cannot.
    pub fn check(&self) -> Result<(), String> {
        for address in [&self.from, &self.reply_to] {
            if !address.is_empty() {
                address::check(address)?;
            }
        }
        let is_host = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | ':');
        if !self.server.chars().all(is_host) {
            return Err(format!("{:?} is no host; write smtp.example.com", self.server));
        }
        if self.port == 0 {
            return Err("0 is no port; write 587, 465 or 25".to_owned());
        }
        Ok(())
    }

    /// Whether they can be used together.
    ///
    /// # Errors
    /// In words, where they cannot.
    pub fn check_together(&self) -> Result<(), String> {
        if !self.is_there() {
            return Ok(());
        }
        if self.from.is_empty() {
            let why = "[mail] names a server and no sender: write from = \"overheard@example.com\"";
            return Err(why.to_owned());
        }
        if self.tls == Tls::None && !is_this_machine(&self.server) {
            return Err(format!(
                "[mail] tls = \"none\" is for a server on this machine: {} would be spoken to so that \
                 everybody on the way can listen; write tls = \"starttls\"",
                self.server
            ));
        }
        Ok(())
    }
}

fn is_this_machine(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}
