//! The connection itself: reqwest, and a resolver that gives away public addresses only.

use std::error::Error;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{self, HeaderMap, HeaderName, HeaderValue};
use url::Url;

use super::answers::{self, Trouble};
use super::post::{self, Arrived, Posted};
use super::{Answer, Ask, BadSettings, Body, Cost, Settings, TooLong};
use crate::clock::Clock;
use crate::crawl::addresses::{Allowed, Forbidden, Places, check};
use crate::crawl::headers::{self, Headers, LONGEST_VALIDATOR, bytes_of, text_of};
use crate::visit::{Failure, Validators};

/// An idle connection is kept for the next redirect or page, not for the next hour.
const IDLE: Duration = Duration::from_secs(30);

/// What speaks to one host.
pub(super) struct Client {
    client: reqwest::Client,
    first_byte: Duration,
}

impl Client {
    pub(super) fn new(
        settings: &Settings,
        allowed: &Allowed,
        places: &Places,
    ) -> Result<Self, BadSettings> {
        // Installed before by another part of the program is just as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let user_agent = HeaderValue::from_str(&settings.user_agent).map_err(|_| BadSettings {
            key: "user_agent",
            why: "holds a character no header may hold".to_owned(),
        })?;
        let builder = || {
            builder()
                .user_agent(user_agent.clone())
                .connect_timeout(Duration::from_millis(settings.connect_timeout_ms))
                .dns_resolver(PublicOnly {
                    allowed: allowed.clone(),
                    places: places.clone(),
                    look_up: looked_up_by_the_system,
                })
        };
        // A machine without any root certificate can still read http; https then fails by source.
        let client = builder()
            .build()
            .or_else(|_| builder().tls_certs_only([]).build())
            .map_err(|error| BadSettings { key: "http", why: innermost(&error) })?;
        Ok(Self { client, first_byte: Duration::from_millis(settings.first_byte_timeout_ms) })
    }

    /// Hands a body over, and reads the beginning of the answer; no redirect is followed.
    pub(super) async fn post(
        &self,
        url: &Url,
        headers: &[(&'static str, String)],
        body: Vec<u8>,
        clock: &dyn Clock,
    ) -> Result<Posted, (Trouble, Arrived)> {
        let mut request = self.client.post(url.clone()).body(body);
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        let sent = request.send().await;
        let mut response = sent.map_err(|error| {
            let arrived = if error.is_connect() || error.is_builder() {
                Arrived::Not
            } else {
                Arrived::Perhaps
            };
            (trouble(&error), arrived)
        })?;
        let retry_after = response.headers().get(header::RETRY_AFTER);
        let retry_after = retry_after
            .and_then(|value| headers::retry_after(&text_of(value.as_bytes()), clock.now()));
        let status = response.status().as_u16();
        let mut said = Vec::new();
        while said.len() < post::SAID_BYTES {
            // What it answered is known; the words beside it need not be whole.
            let Ok(Some(chunk)) = response.chunk().await else { break };
            said.extend_from_slice(&chunk);
        }
        said.truncate(post::SAID_BYTES);
        let said = String::from_utf8_lossy(&said).into_owned();
        Ok(Posted { status, retry_after, said })
    }

    /// One request and its answer, no redirect followed.
    pub(super) async fn send(
        &self,
        url: &Url,
        ask: &Ask<'_>,
        (limit, too_long): (usize, TooLong),
        clock: &dyn Clock,
        cost: &mut Cost,
    ) -> Result<Answer, Failure> {
        let request = self.client.get(url.clone()).headers(request_headers(url, ask)).send();
        let Ok(sent) = tokio::time::timeout(self.first_byte, request).await else {
            return Err(answers::too_slow(url, self.first_byte));
        };
        let mut response = sent.map_err(|error| answers::failed(url, trouble(&error)))?;

        let now = clock.now();
        let status = response.status().as_u16();
        let received = response.headers();
        let first = |name: HeaderName| received.get(name).map(|value| text_of(value.as_bytes()));
        let location = matches!(status, 301 | 302 | 303 | 307 | 308)
            .then(|| received.get(header::LOCATION))
            .flatten()
            .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
        let mut answer = Answer {
            status,
            location,
            retry_after: first(header::RETRY_AFTER)
                .and_then(|value| headers::retry_after(&value, now)),
            challenge: is_challenge(received),
            body: Body {
                url: url.clone(),
                headers: read_headers(received, now),
                bytes: Vec::new(),
                cut: false,
            },
        };
        if !(200..300).contains(&status) {
            // Nobody reads it, and an error page can be as long as any other.
            return Ok(answer);
        }

        let declared = response.content_length().unwrap_or(0);
        if too_long == TooLong::Refuse && declared > limit as u64 {
            return Err(answers::too_large(url, limit));
        }
        // Counted as it comes out of decompression, so that a small bomb does not become a big one.
        loop {
            match response.chunk().await {
                Ok(Some(chunk)) => {
                    cost.bytes += chunk.len() as u64;
                    let room = limit - answer.body.bytes.len();
                    if chunk.len() > room {
                        if too_long == TooLong::Refuse {
                            return Err(answers::too_large(url, limit));
                        }
                        answer.body.bytes.extend_from_slice(&chunk[..room]);
                        return Ok(answer);
                    }
                    answer.body.bytes.extend_from_slice(&chunk);
                }
                Ok(None) => return Ok(answer),
                Err(error) if answer.body.bytes.is_empty() => {
                    return Err(answers::failed(url, trouble(&error)));
                }
                Err(_) => {
                    answer.body.cut = true;
                    return Ok(answer);
                }
            }
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place that makes a client")]
fn builder() -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        // Redirects are followed by hand: each is guarded, counted, and waits for its host's turn.
        .redirect(reqwest::redirect::Policy::none())
        // A guest that is refused does not knock again at once.
        .retry(reqwest::retry::never())
        .referer(false)
        // A proxy would resolve names itself, behind the guard's back.
        .no_proxy()
        .pool_max_idle_per_host(1)
        .pool_idle_timeout(IDLE)
}

fn request_headers(url: &Url, ask: &Ask<'_>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let accept = HeaderValue::from_str(ask.request.accept);
    headers.insert(header::ACCEPT, accept.unwrap_or(HeaderValue::from_static("*/*")));
    if let Some((Validators { etag, last_modified }, _)) = ask.vouched_at(url) {
        let conditions =
            [(header::IF_NONE_MATCH, etag), (header::IF_MODIFIED_SINCE, last_modified)];
        for (name, validator) in conditions {
            let bytes = validator.as_deref().and_then(bytes_of);
            if let Some(value) = bytes.and_then(|bytes| HeaderValue::from_bytes(&bytes).ok()) {
                headers.insert(name, value);
            }
        }
    }
    headers
}

fn read_headers(received: &HeaderMap, now: jiff::Timestamp) -> Headers {
    let first = |name: HeaderName| received.get(name).map(|value| text_of(value.as_bytes()));
    let joined = |name: HeaderName| {
        let values: Vec<String> =
            received.get_all(name).iter().map(|value| text_of(value.as_bytes())).collect();
        (!values.is_empty()).then(|| values.join(", "))
    };
    let validator =
        |name| first(name).filter(|value| !value.is_empty() && value.len() <= LONGEST_VALIDATOR);
    Headers {
        content_type: first(header::CONTENT_TYPE),
        link: joined(header::LINK),
        content_language: first(header::CONTENT_LANGUAGE),
        validators: Validators {
            etag: validator(header::ETAG),
            last_modified: validator(header::LAST_MODIFIED),
        },
        fresh_for: headers::fresh_for(
            joined(header::CACHE_CONTROL).as_deref(),
            first(header::EXPIRES).as_deref(),
            first(header::DATE).as_deref(),
            now,
        ),
        moved_for_good: false,
    }
}

/// Headers by which gatekeepers say that their answer is a test for a person, whatever its status.
const CHALLENGES: [(&str, &str); 4] = [
    ("cf-mitigated", "challenge"),
    ("x-amzn-waf-action", "challenge"),
    ("x-amzn-waf-action", "captcha"),
    ("sg-captcha", "challenge"),
];

fn is_challenge(received: &HeaderMap) -> bool {
    CHALLENGES.iter().any(|(name, is)| received.get(*name).is_some_and(|value| value == is))
}

async fn looked_up_by_the_system(host: String) -> io::Result<Vec<SocketAddr>> {
    Ok(tokio::net::lookup_host((host, 0)).await?.collect())
}

/// Looks a name up once, and drops what is not public. What it lets through is what is connected to,
/// so that a name cannot change its address between the check and the connection.
struct PublicOnly<L> {
    allowed: Allowed,
    places: Places,
    look_up: L,
}

impl<L, F> Resolve for PublicOnly<L>
where
    L: Fn(String) -> F + Send + Sync,
    F: Future<Output = io::Result<Vec<SocketAddr>>> + Send + 'static,
{
    fn resolve(&self, name: Name) -> Resolving {
        if let Some(place) = self.places.of(name.as_str()) {
            return Box::pin(async move { Ok(Box::new(std::iter::once(place)) as Addrs) });
        }
        let allowed = self.allowed.clone();
        let found = (self.look_up)(name.as_str().to_owned());
        Box::pin(async move {
            let public = public_of(name.as_str(), found.await?, &allowed)?;
            Ok(Box::new(public.into_iter()) as Addrs)
        })
    }
}

/// The public ones of a host's addresses; an error where there are only others.
fn public_of(
    host: &str,
    found: Vec<SocketAddr>,
    allowed: &Allowed,
) -> Result<Vec<SocketAddr>, Forbidden> {
    let (mut public, mut forbidden) = (Vec::new(), None);
    for address in found {
        match check(host, address.ip(), allowed) {
            Ok(()) => public.push(address),
            Err(found) => forbidden = Some(found),
        }
    }
    match forbidden {
        Some(found) if public.is_empty() => Err(found),
        _ => Ok(public),
    }
}

/// What kind of trouble an error of reqwest is.
fn trouble(error: &reqwest::Error) -> Trouble {
    let chain = || causes(error);
    if let Some(found) = chain().find_map(|cause| cause.downcast_ref::<Forbidden>()) {
        return Trouble::Forbidden(found.clone());
    }
    if error.is_dns() {
        return Trouble::NoAddress;
    }
    if let Some(tls) = chain().find_map(|cause| cause.downcast_ref::<rustls::Error>()) {
        return match tls {
            rustls::Error::InvalidMessage(rustls::InvalidMessage::InvalidContentType) => {
                Trouble::NoTls
            }
            tls => Trouble::Tls(tls.to_string()),
        };
    }
    let broken_off = chain()
        .filter_map(|cause| cause.downcast_ref::<io::Error>())
        .any(|cause| cause.kind() == io::ErrorKind::UnexpectedEof);
    if error.is_connect() && broken_off {
        // A connection to a port never ends early; a handshake over it does.
        return Trouble::Tls("the handshake was broken off".to_owned());
    }
    if error.is_timeout() {
        return Trouble::NoConnectionInTime;
    }
    if error.is_connect() {
        return Trouble::NoConnection(innermost(error));
    }
    Trouble::BrokenHttp(innermost(error))
}

/// An error and its causes. One wrapped in an `io::Error` is a cause, too, though `source` skips it.
fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error| cause_of(*error))
}

fn cause_of<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        Some(wrapped) => Some(wrapped),
        None => error.source(),
    }
}

fn innermost(error: &(dyn Error + 'static)) -> String {
    causes(error).last().map(ToString::to_string).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    fn addresses(texts: &[&str]) -> Vec<SocketAddr> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[test]
    fn r6_of_a_name_with_addresses_of_both_sorts_only_the_public_ones_are_connected_to() {
        let allowed = Allowed::default();
        let mixed = addresses(&["127.0.0.1:0", "1.1.1.1:0", "[::1]:0", "[2606:4700::1]:0"]);
        let public = public_of("a.example", mixed, &allowed).unwrap();
        assert_eq!(public, addresses(&["1.1.1.1:0", "[2606:4700::1]:0"]));
        let inner = addresses(&["10.0.0.1:0", "169.254.169.254:0"]);
        assert!(public_of("a.example", inner, &allowed).is_err());
    }

    #[tokio::test]
    async fn r6_a_name_is_looked_up_once_so_that_it_cannot_change_between_check_and_connection() {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let door = TcpListener::bind("127.0.0.1:0").unwrap();
        door.set_nonblocking(true).unwrap();
        // A name that is another at every look: a second one would lead behind our own door.
        let looks = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&looks);
        let look_up = move |_| {
            let look = counted.fetch_add(1, Ordering::SeqCst);
            let address = if look == 0 { "169.254.169.254:0" } else { "127.0.0.1:0" };
            async move { Ok(vec![address.parse().unwrap()]) }
        };
        let resolver =
            PublicOnly { allowed: Allowed::default(), places: Places::default(), look_up };
        let client = builder().dns_resolver(resolver).build().unwrap();
        let url = format!("http://rebound.example:{}/", door.local_addr().unwrap().port());
        let error = client.get(url).send().await.unwrap_err();
        let found = trouble(&error);
        assert!(
            matches!(&found, Trouble::Forbidden(at) if at.address.to_string() == "169.254.169.254"),
            "{found:?}"
        );
        assert_eq!(looks.load(Ordering::SeqCst), 1);
        assert_eq!(door.accept().unwrap_err().kind(), io::ErrorKind::WouldBlock);
    }
}
