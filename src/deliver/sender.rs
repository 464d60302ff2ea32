//! Whoever hands things over: it knows where each channel is, and what is understood there.

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::{Value, json};

use super::{Begin, Missed, mail, webhook};
use crate::channel::{ChannelKind, MAIL};
use crate::clock::Clock;
use crate::config::{MailSettings, Market};
use crate::crawl::http::Http;
use crate::delivery::DeliveryId;
use crate::digest::Proven;
use crate::reader::Reader;
use crate::views::{self, Links};

/// What handing over needs.
#[derive(Clone, Copy)]
pub struct Sender<'a> {
    /// Who gets what where.
    pub market: &'a Market,
    /// How mail is handed over.
    pub mail: &'a MailSettings,
    /// How webhooks are reached.
    pub http: &'a Http,
    /// What time it is.
    pub clock: &'a dyn Clock,
    /// Tells our messages from those of another overheard.
    pub installation: &'a str,
    /// What a mail names of the pages.
    pub pages: &'a dyn Pages,
    /// The pages readers reach from a digest.
    pub links: &'a Links,
}

/// What a mail names of the pages that readers reach from it.
pub trait Pages: Sync {
    /// Where a reader's mail program signs them off with one request (RFC 8058).
    fn unsubscribe(&self, reader: &str) -> Option<String>;

    /// By what an answer to a mail is known: letters and digits for its Message-ID.
    fn tag(&self, reader: &str, date: Date) -> Option<String>;
}

impl Pages for Links {
    fn unsubscribe(&self, reader: &str) -> Option<String> {
        Self::unsubscribe(self, reader)
    }

    fn tag(&self, reader: &str, date: Date) -> Option<String> {
        self.base().map(|_| self.mail_tag(reader, date))
    }
}

/// There are none.
#[derive(Debug, Clone, Copy)]
pub struct NoPages;

impl Pages for NoPages {
    fn unsubscribe(&self, _: &str) -> Option<String> {
        None
    }

    fn tag(&self, _: &str, _: Date) -> Option<String> {
        None
    }
}

/// What is sent.
#[derive(Debug, Clone, Copy)]
pub enum Content<'a> {
    /// A digest.
    Digest(&'a Proven),
    /// A few words, to see whether they arrive.
    Test(Timestamp),
}

impl Sender<'_> {
    /// Sends some content to a reader by a channel, once; what was answered.
    ///
    /// # Errors
    /// [`Missed`].
    pub async fn hand_over(
        &self,
        reader: &Reader,
        id: &DeliveryId,
        content: Content<'_>,
        begin: Begin<'_>,
    ) -> Result<String, Missed> {
        if id.channel == MAIL {
            return self.mail(reader, id, content, begin).await;
        }
        let Some(channel) = self.market.channel(&id.channel) else {
            return Err(Missed::Never(format!("there is no channel {:?} any more", id.channel)));
        };
        let body = match (content, channel.kind) {
            (Content::Digest(proven), ChannelKind::Slack) => views::slack(proven),
            (Content::Digest(proven), ChannelKind::Teams) => views::teams(proven),
            (Content::Digest(proven), ChannelKind::Webhook) => {
                json!({ "event": "digest", "id": id.to_string(), "digest": proven.digest() })
            }
            (Content::Test(at), kind) => test_body(kind, id, at),
        };
        // A test is another letter than the digest of its day, and than another test.
        let name = match content {
            Content::Digest(_) => id.to_string(),
            Content::Test(at) => test_id(id, at),
        };
        let letter = webhook::Letter { id: &name, body: &body };
        webhook::hand_over(channel, self.http, self.clock, &letter, begin).await
    }

    /// What names a message to whoever takes it.
    #[must_use]
    pub fn message_id(&self, id: &DeliveryId) -> String {
        if id.channel == MAIL {
            let tag = self.pages.tag(&id.reader, id.date);
            let tag = tag.unwrap_or_else(|| mail::tag(self.installation, &id.to_string()));
            mail::message_id(self.mail, &tag)
        } else {
            id.to_string()
        }
    }

    async fn mail(
        &self,
        reader: &Reader,
        id: &DeliveryId,
        content: Content<'_>,
        begin: Begin<'_>,
    ) -> Result<String, Missed> {
        if !self.mail.is_there() {
            let why = "overheard.toml names no server under [mail]";
            return Err(Missed::unreached(why.to_owned()));
        }
        let Some(to) = &reader.email else {
            return Err(Missed::Never(format!("{} has no address any more", reader.id)));
        };
        let (subject, text, html, made) = match content {
            Content::Digest(proven) => {
                let html = views::html(proven, self.links)
                    .map_err(|why| Missed::Never(why.to_string()))?;
                let subject = views::subject(proven);
                (subject, views::text(proven, self.links), html, proven.digest().made)
            }
            Content::Test(at) => {
                let words = test_words(id, at);
                let html =
                    format!("<!DOCTYPE html><html lang=\"en\"><body><p>{words}</p></body></html>");
                ("Overheard: a test".to_owned(), words + "\n", html, at)
            }
        };
        let unsubscribe = self.pages.unsubscribe(&reader.id);
        let message_id = match content {
            Content::Digest(_) => self.message_id(id),
            // Each of them is another message.
            Content::Test(at) => {
                let tag = mail::tag(self.installation, &format!("test {id} {at}"));
                mail::message_id(self.mail, &tag)
            }
        };
        let mail = mail::Mail {
            name: &reader.name,
            to,
            subject: &subject,
            text: &text,
            html: &html,
            made,
            message_id: &message_id,
            unsubscribe: unsubscribe.as_deref(),
        };
        let message = mail::message(self.mail, &mail);
        let message = message.map_err(|why| Missed::Never(why.to_string()))?;
        mail::hand_over(self.mail, &message, begin).await
    }
}

fn test_id(id: &DeliveryId, at: Timestamp) -> String {
    format!("test/{id}/{at}")
}

fn test_words(id: &DeliveryId, at: Timestamp) -> String {
    format!(
        "A test by Overheard, for {}, at {}. The digest will come this way.",
        id.reader,
        at.strftime("%Y-%m-%d %H:%M UTC")
    )
}

fn test_body(kind: ChannelKind, id: &DeliveryId, at: Timestamp) -> Value {
    let words = test_words(id, at);
    match kind {
        ChannelKind::Slack => json!({ "text": words }),
        ChannelKind::Teams => views::teams_words(&words),
        ChannelKind::Webhook => json!({ "event": "test", "id": test_id(id, at), "text": words }),
    }
}
