//! The digest as a mail: text and HTML side by side, and headers by which machines know what it is.

use std::time::SystemTime;

use lettre::message::header::{ContentType, Date, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart, MultiPartKind, SinglePart};
use lettre::{Address, Message};
use sha2::{Digest as _, Sha256};

use crate::config::MailSettings;

/// What a mail is made of.
#[derive(Debug, Clone, Copy)]
pub struct Mail<'a> {
    /// What the reader is called.
    pub name: &'a str,
    /// Their address.
    pub to: &'a str,
    /// What is in it, in a line.
    pub subject: &'a str,
    /// The digest as text.
    pub text: &'a str,
    /// The digest as HTML.
    pub html: &'a str,
    /// When it was made.
    pub made: jiff::Timestamp,
    /// What names it: see [`message_id`].
    pub message_id: &'a str,
    /// Where a mail program signs the reader off with one request (RFC 8058).
    pub unsubscribe: Option<&'a str>,
}

/// A mail that cannot be made.
#[derive(Debug, thiserror::Error)]
#[error("the mail cannot be made: {0}")]
pub struct NotAMail(String);

/// What tells a message of an installation from its others, the same however often it is made.
#[must_use]
pub fn tag(installation: &str, message: &str) -> String {
    hash(&[installation, message])
}

/// What names a message to all the world: `<tag@domain>`.
#[must_use]
pub fn message_id(settings: &MailSettings, tag: &str) -> String {
    format!("<{tag}@{}>", domain(settings.from_address()))
}

/// Builds a mail; the same values give the same bytes.
///
/// # Errors
/// [`NotAMail`]: an address cannot be used.
pub fn message(settings: &MailSettings, mail: &Mail<'_>) -> Result<Message, NotAMail> {
    let sender = mailbox(settings.from_name(), settings.from_address())?;
    let answers = mailbox(settings.from_name(), settings.reply_to())?;
    let parts = MultiPart::builder()
        .kind(MultiPartKind::Alternative)
        // Chosen by chance it would make other bytes of the same digest.
        .boundary(format!("part-{}", hash(&[mail.message_id, "boundary"])))
        .singlepart(SinglePart::plain(mail.text.to_owned()))
        .singlepart(
            SinglePart::builder().header(ContentType::TEXT_HTML).body(mail.html.to_owned()),
        );
    let list = format!("\"Overheard\" <digest.overheard.{}>", domain(settings.from_address()));
    // By the tag it is known whom it is about; a mail program that signs off answers no message.
    let (tag, _) = mail.message_id.trim_start_matches('<').split_once('@').unwrap_or_default();
    let by_mail = format!("<mailto:{}?subject=unsubscribe%20{tag}>", settings.reply_to());
    let unsubscribe = match mail.unsubscribe {
        Some(url) => format!("<{url}>, {by_mail}"),
        None => by_mail,
    };
    let mut message = Message::builder()
        .header(Date::from(SystemTime::from(mail.made)))
        .from(sender)
        .reply_to(answers)
        .to(mailbox(mail.name, mail.to)?)
        .subject(mail.subject)
        .message_id(Some(mail.message_id.to_owned()))
        .raw_header(raw("List-Id", list))
        .raw_header(raw("List-Unsubscribe", unsubscribe))
        // No machine answers it with "I am on holiday" (RFC 3834).
        .raw_header(raw("Auto-Submitted", "auto-generated".to_owned()))
        .raw_header(raw("Precedence", "bulk".to_owned()));
    if mail.unsubscribe.is_some() {
        let one_click = "List-Unsubscribe=One-Click".to_owned();
        message = message.raw_header(raw("List-Unsubscribe-Post", one_click));
    }
    message.multipart(parts).map_err(|error| NotAMail(error.to_string()))
}

/// A name and an address.
fn mailbox(name: &str, address: &str) -> Result<Mailbox, NotAMail> {
    let parsed: Address =
        address.parse().map_err(|error| NotAMail(format!("{address}: {error}")))?;
    let name: String = name.chars().filter(|c| !c.is_control()).take(80).collect();
    Ok(Mailbox::new(Some(name).filter(|name| !name.trim().is_empty()), parsed))
}

fn raw(name: &'static str, value: String) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value)
}

fn domain(address: &str) -> &str {
    address.rsplit_once('@').map_or("localhost", |(_, domain)| domain)
}

/// The beginning of a SHA-256, in hexadecimal: nobody guesses it, and nobody need.
fn hash(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize()[..16].iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"))
}
