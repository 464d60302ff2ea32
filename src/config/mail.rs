//! How mail is handed over.

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::address;

/// Whom mails are from where no name is written.
const OWN_NAME: &str = "Overheard";

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
    /// Whom mails are from: an address, maybe behind a name: `Market news <digest@example.com>`.
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

/// The name and the address of a mailbox (RFC 5322, 3.4); no name where it is an address alone.
fn name_and_address(mailbox: &str) -> (&str, &str) {
    match mailbox.trim_end().strip_suffix('>').and_then(|both| both.rsplit_once('<')) {
        Some((name, address)) => (name.trim().trim_matches('"').trim(), address.trim()),
        None => ("", mailbox),
    }
}

impl MailSettings {
    /// Whether mail is sent.
    #[must_use]
    pub fn is_there(&self) -> bool {
        !self.server.is_empty()
    }

    /// Whom mails are from, as a person reads it.
    #[must_use]
    pub fn from_name(&self) -> &str {
        let (name, _) = name_and_address(&self.from);
        if name.is_empty() { OWN_NAME } else { name }
    }

    /// The address that mails are from.
    #[must_use]
    pub fn from_address(&self) -> &str {
        name_and_address(&self.from).1
    }

    /// The address an answer goes to.
    #[must_use]
    pub fn reply_to(&self) -> &str {
        if self.reply_to.is_empty() { self.from_address() } else { &self.reply_to }
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
        let written = [(&self.from, self.from_address()), (&self.reply_to, &self.reply_to)];
        for (_, address) in written.into_iter().filter(|(written, _)| !written.is_empty()) {
            address::check(address)?;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whom_mails_are_from_may_have_a_name() {
        for (from, name, address) in [
            ("digest@example.com", "Overheard", "digest@example.com"),
            ("Market news <digest@example.com>", "Market news", "digest@example.com"),
            ("\"News, daily\" <digest@example.com>", "News, daily", "digest@example.com"),
            ("<digest@example.com>", "Overheard", "digest@example.com"),
        ] {
            let settings = MailSettings { from: from.to_owned(), ..MailSettings::default() };
            assert_eq!((settings.from_name(), settings.from_address()), (name, address));
            assert_eq!(settings.check(), Ok(()));
            assert_eq!(settings.reply_to(), address);
        }
        for from in ["Market news", "News <>", "News <a b@example.com>"] {
            let settings = MailSettings { from: from.to_owned(), ..MailSettings::default() };
            assert!(settings.check().is_err(), "{from}");
        }
    }
}
