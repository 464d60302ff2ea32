//! Webhooks: a message of a chat, or the digest as signed JSON, handed over in one request.

use hmac::{Hmac, Mac as _};
use serde_json::Value;
use sha2::Sha256;
use url::Url;

use super::secret::{self, Secret};
use super::{Begin, Missed};
use crate::channel::{Channel, ChannelKind, Kept};
use crate::clock::Clock;
use crate::crawl::addresses::Allowed;
use crate::crawl::http::{Http, NotPosted, Posted, may_be_posted_to};
use crate::views::safe::plain;

/// Characters of an answer that are kept.
const WORDS: usize = 300;

/// A message for a webhook.
#[derive(Debug, Clone, Copy)]
pub struct Letter<'a> {
    /// What names it, the same however often it is sent.
    pub id: &'a str,
    /// The message.
    pub body: &'a Value,
}

/// What is needed to reach a channel: its URL, and the secret to sign with.
#[derive(Debug, Clone)]
pub struct Reach {
    url: Secret,
    signing: Option<Secret>,
}

impl Reach {
    /// Reads it from where it is kept.
    ///
    /// # Errors
    /// In words: something is not there, can be read by others, or is no URL.
    pub fn of(channel: &Channel) -> Result<Self, String> {
        let url = match &channel.url {
            Kept::Here(url) => return Self::at(url, channel),
            Kept::File(file) => secret::of_file(file)?,
            Kept::Environment(name) => secret::of_environment(name)?,
        };
        match Url::parse(url.reveal()) {
            Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => {
                Self::at(&url, channel)
            }
            // What stands there instead is nobody's business.
            _ => Err(format!("what is kept as the URL of {} is none: write https://…", channel.id)),
        }
    }

    /// Refuses what nothing is sent to, as far as its URL says that.
    ///
    /// # Errors
    /// In words.
    pub fn check(&self, allowed_hosts: &[String]) -> Result<(), String> {
        let url = Url::parse(self.url.reveal());
        url.map_or(Ok(()), |url| may_be_posted_to(&url, &Allowed::new(allowed_hosts)))
    }

    fn at(url: &Url, channel: &Channel) -> Result<Self, String> {
        let signing = channel.secret.as_ref().map(|kept| match kept {
            Kept::File(file) => secret::of_file(file),
            Kept::Environment(name) => secret::of_environment(name),
            Kept::Here(_) => Err("a secret does not stand in the open".to_owned()),
        });
        Ok(Self { url: secret::Secret::from_url(url), signing: signing.transpose()? })
    }
}

/// Hands a message over; what was answered when it was taken.
///
/// # Errors
/// [`Missed`].
pub async fn hand_over(
    channel: &Channel,
    http: &Http,
    clock: &dyn Clock,
    letter: &Letter<'_>,
    begin: Begin<'_>,
) -> Result<String, Missed> {
    let reach = Reach::of(channel).map_err(Missed::unreached)?;
    let url = Url::parse(reach.url.reveal());
    let url = url.map_err(|_| Missed::Never("its URL cannot be read".to_owned()))?;
    let body = letter.body.to_string().into_bytes();
    let mut headers = vec![("content-type", "application/json".to_owned())];
    if channel.kind == ChannelKind::Webhook {
        headers.push(("idempotency-key", letter.id.to_owned()));
    }
    if let Some(signing) = &reach.signing {
        let signature = signature(signing, clock.now().as_second(), &body);
        headers.push(("x-overheard-signature", signature));
    }
    begin()?;
    match http.post(&url, &headers, body, clock).await {
        Ok(posted) => judge(&posted, channel.kind),
        Err(NotPosted::Unreached(words)) => Err(Missed::unreached(words)),
        Err(NotPosted::Unanswered(words)) => Err(Missed::Unknown(words)),
    }
}

/// `t=SECONDS,v1=HEX`: HMAC-SHA256 over the seconds, a full stop and the body. Whoever checks it refuses
/// what is older than some minutes, too.
fn signature(secret: &Secret, seconds: i64, body: &[u8]) -> String {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.reveal().as_bytes()) else {
        // A key may have any length.
        return String::new();
    };
    mac.update(format!("{seconds}.").as_bytes());
    mac.update(body);
    let code = mac.finalize().into_bytes();
    let code = code.iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"));
    format!("t={seconds},v1={code}")
}

fn judge(posted: &Posted, kind: ChannelKind) -> Result<String, Missed> {
    let Posted { status, retry_after, said } = posted;
    let said = plain(said, WORDS);
    let words = if said.is_empty() { status.to_string() } else { format!("{status} {said}") };
    match status {
        200..=299 => Ok(words),
        300..=399 => Err(Missed::Never(format!(
            "{words}: it has moved; put its new address in the place of the old"
        ))),
        // A gateway knows nothing of what stands behind it; beyond 520 are those of a well-known one.
        502 | 504 | 520..=527 => Err(Missed::Unknown(words)),
        // A chat has no key by which it would know the same message again.
        408 | 500 if kind != ChannelKind::Webhook => Err(Missed::Unknown(words)),
        408 | 425 | 429 | 500..=599 => Err(Missed::Unreached { words, wait: *retry_after }),
        401 | 403 | 404 | 410 => Err(Missed::Never(format!(
            "{words}: the webhook is not there any more, or not ours; make a new one"
        ))),
        _ => Err(Missed::Never(words)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_over_the_moment_and_the_body() {
        let secret = Secret::from_text("key");
        // python3: hmac.new(b"key", b"1764000000.{}", hashlib.sha256).hexdigest()
        let expected =
            "t=1764000000,v1=135a1a8c79ff2a07661486422c8068924d01c7a70da314a29ce512bc61231899";
        assert_eq!(signature(&secret, 1_764_000_000, b"{}"), expected);
    }

    #[test]
    fn what_may_have_been_taken_is_told_from_what_was_not() {
        let judged_by =
            |status, kind| judge(&Posted { status, retry_after: None, said: String::new() }, kind);
        let judged = |status| judged_by(status, ChannelKind::Webhook);
        for chat in [ChannelKind::Slack, ChannelKind::Teams] {
            assert!(matches!(judged_by(500, chat), Err(Missed::Unknown(_))));
            assert!(matches!(judged_by(503, chat), Err(Missed::Unreached { .. })));
        }
        assert!(judged(200).is_ok() && judged(202).is_ok());
        for status in [429, 500, 503] {
            assert!(matches!(judged(status), Err(Missed::Unreached { .. })), "{status}");
        }
        for status in [301, 400, 404, 410, 413] {
            assert!(matches!(judged(status), Err(Missed::Never(_))), "{status}");
        }
        for status in [502, 504, 520, 524] {
            assert!(matches!(judged(status), Err(Missed::Unknown(_))), "{status}");
        }
    }
}
