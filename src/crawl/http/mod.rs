//! The polite client: one request a host at a time, few redirects, few bytes, public addresses only.

mod answers;
mod client;
mod post;
mod settings;
mod silence;

use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::OwnedMutexGuard;
use url::Url;

use crate::adapters::{Kind, Request, Response, Step};
use crate::clock::Clock;
use crate::crawl::addresses::{self, Allowed, Places};
use crate::crawl::headers::Headers;
use crate::crawl::hosts::{Hosts, Manners, host_key};
use crate::crawl::parsers::Parsers;
use crate::crawl::permission::Permissions;
use crate::host::HostMemory;
use crate::visit::{Failure, FailureKind, Validators};

pub use post::{NotPosted, Posted, may_be_posted_to};
pub use settings::{BadSettings, Settings};
use silence::Silence;

/// A fetch that is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Ask<'a> {
    /// What, and what we read of it.
    pub request: &'a Request,
    /// What to ask "has it changed?" with.
    pub vouched: Option<Vouched<'a>>,
    /// As what we come.
    pub manner: Manner,
}

/// As what we come to a URL: it decides whether robots.txt is obeyed, and the gap to the last request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// For something a person subscribed to: robots.txt is for those who wander about.
    Feed,
    /// For a page: robots.txt is obeyed, at every redirect anew.
    Page,
}

impl Manner {
    /// As what we come to the listings of a kind.
    #[must_use]
    pub fn for_listings_of(kind: &Kind) -> Self {
        if kind.robots { Self::Page } else { Self::Feed }
    }
}

/// Validators, and the URL that gave them: they are sent to no other.
#[derive(Debug, Clone, Copy)]
pub struct Vouched<'a> {
    /// The URL that gave them.
    pub url: &'a str,
    /// Its validators.
    pub validators: &'a Validators,
    /// The bytes of the body they vouch for: what a 304 saves.
    pub body_bytes: u64,
}

impl Ask<'_> {
    /// The validators that go to this URL, and the bytes of the body they vouch for.
    fn vouched_at(&self, url: &Url) -> Option<(&Validators, u64)> {
        let vouched = self.vouched.filter(|vouched| vouched.url == url.as_str())?;
        let has_any = *vouched.validators != Validators::default();
        has_any.then_some((vouched.validators, vouched.body_bytes))
    }
}

/// What a visit has taken so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cost {
    /// Requests sent.
    pub requests: u32,
    /// Bytes of bodies, content-coding undone.
    pub bytes: u64,
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fetched {
    /// 304: what we have is what there is.
    NotModified(Headers),
    /// A body.
    Body(Body),
}

/// A body, and where it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Body {
    /// Where it came from in the end.
    pub url: Url,
    /// What its headers say.
    pub headers: Headers,
    /// The bytes, content-coding undone.
    pub bytes: Vec<u8>,
    /// Whether the connection broke off before the end: what came may still hold whole posts.
    pub cut: bool,
}

impl Body {
    /// The same as an adapter needs it.
    #[must_use]
    pub fn response(&self, step: Step) -> Response<'_> {
        Response {
            step,
            url: &self.url,
            content_type: self.headers.content_type.as_deref(),
            link: self.headers.link.as_deref(),
            content_language: self.headers.content_language.as_deref(),
            body: &self.bytes,
        }
    }
}

/// What to do with a body that is too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TooLong {
    /// Fail: half a feed is no feed.
    Refuse,
    /// Take its beginning.
    Cut,
}

/// The last answer to a request, of any status, redirects followed.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: Body,
    /// Where it wants us to go instead; only while redirects are followed.
    location: Option<String>,
    /// How long it asks us to stay away.
    retry_after: Option<Duration>,
    /// A page that wants a person to prove that it is one.
    challenge: bool,
}

/// The polite client.
pub struct Http {
    pub(super) settings: Settings,
    pub(super) permissions: Permissions,
    client: client::Client,
    allowed: Allowed,
    pub(super) hosts: Hosts,
    pub(super) silence: Silence,
    pub(super) parsers: Parsers,
}

impl Http {
    /// A client that behaves as `settings` say.
    ///
    /// # Errors
    /// [`BadSettings`] where the settings cannot be used, or the system's TLS cannot.
    pub fn new(settings: Settings) -> Result<Self, BadSettings> {
        Self::in_town(settings, &Places::default())
    }

    /// The same with some hosts played by a server of ours.
    ///
    /// # Errors
    /// See [`Http::new`].
    pub fn in_town(settings: Settings, places: &Places) -> Result<Self, BadSettings> {
        settings.check()?;
        let allowed = Allowed::new(&settings.allowed_hosts);
        let client = client::Client::new(&settings, &allowed, places)?;
        let (permissions, hosts) = (Permissions::default(), Hosts::default());
        let (silence, parsers) = (Silence::default(), Parsers::default());
        Ok(Self { settings, permissions, client, allowed, hosts, silence, parsers })
    }

    /// The settings it behaves by.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Takes up what was remembered of hosts before this process began.
    pub fn recall(&self, hosts: Vec<(String, HostMemory)>, now: Timestamp) {
        self.hosts.recall(hosts, now);
    }

    /// What is to be remembered of hosts and has changed since the last call; nothing for a host to
    /// forget. Store it now and then, at the end, and whenever one [is newly
    /// quiet](Http::has_newly_quiet_host).
    pub fn changed_hosts(&self) -> Vec<(String, Option<HostMemory>)> {
        self.hosts.changed().into_iter().collect()
    }

    /// Whether [`Http::changed_hosts`] would tell of a host that has just asked for quiet.
    #[must_use]
    pub fn has_newly_quiet_host(&self) -> bool {
        self.hosts.has_newly_quiet()
    }

    /// Leaves the host of a URL alone until then: it asked for that when we were last here.
    pub async fn leave_alone(&self, url: &Url, until: Timestamp) {
        self.turn(url, until).await.leave_alone(until);
    }

    /// Waits until nobody else speaks to the host of a URL. While that takes long, it counts as
    /// silence: whoever has the turn speaks, or waits for a host that says nothing.
    pub(super) async fn turn(&self, url: &Url, now: Timestamp) -> OwnedMutexGuard<Manners> {
        let host = host_key(url);
        self.silence.watch(self.hosts.turn(&host, now), self.settings.silence()).await
    }

    /// Fetches, following redirects; what it takes is added to `cost`, failed or not.
    ///
    /// # Errors
    /// [`Failure`], whose sentence tells a marketer what happened and what to do.
    pub async fn fetch(
        &self,
        ask: &Ask<'_>,
        clock: &dyn Clock,
        cost: &mut Cost,
    ) -> Result<Fetched, Failure> {
        let limit = (self.settings.body_limit_bytes, TooLong::Refuse);
        let answer = self.answer(ask, limit, clock, cost).await?;
        answers::judge(answer, ask)
    }

    /// The last answer to a request, whatever its status.
    pub(super) async fn answer(
        &self,
        ask: &Ask<'_>,
        limit: (usize, TooLong),
        clock: &dyn Clock,
        cost: &mut Cost,
    ) -> Result<Answer, Failure> {
        let mut url = ask.request.url.clone();
        let mut seen: Vec<Url> = Vec::new();
        let mut for_good = true;
        loop {
            url.set_fragment(None);
            self.guard(&url)?;
            let gap = match ask.manner {
                Manner::Feed => self.settings.feed_gap(),
                Manner::Page => self.permitted(&url, clock, cost).await?,
            };
            let mut answer = self.ask_host(&url, ask, gap, limit, clock, cost).await?;
            let Some(location) = &answer.location else {
                answer.body.headers.moved_for_good = for_good && !seen.is_empty();
                return Ok(answer);
            };
            for_good &= matches!(answer.status, 301 | 308);
            let next = answers::redirect(&url, location)?;
            seen.push(url);
            if seen.contains(&next) {
                return Err(answers::redirects(&next, "leads in a circle"));
            }
            if seen.len() > usize::from(self.settings.redirect_limit) {
                return Err(answers::redirects(&next, "is redirected too many times"));
            }
            url = next;
        }
    }

    /// Refuses what is neither http nor https, and an address written out that is not public.
    fn guard(&self, url: &Url) -> Result<(), Failure> {
        if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
            let sentence = format!("{}: only http and https URLs are read", answers::shown(url));
            return Err(Failure { kind: FailureKind::Protocol, sentence, retry_after: None });
        }
        addresses::check_literal(url, &self.allowed).map_err(|found| answers::forbidden(&found))
    }

    /// Asks one host one thing, in turn: nobody else asks it meanwhile, nor too soon afterwards.
    async fn ask_host(
        &self,
        url: &Url,
        ask: &Ask<'_>,
        gap: Duration,
        limit: (usize, TooLong),
        clock: &dyn Clock,
        cost: &mut Cost,
    ) -> Result<Answer, Failure> {
        let mut manners = self.turn(url, clock.now()).await;
        if let Some(quiet) = manners.quiet_for(clock.now()) {
            manners.kept_away();
            return Err(answers::left_alone(&host_key(url), quiet, clock.now()));
        }
        manners.pause(gap, clock.now()).await;
        manners.asks(clock.now());
        let saved = ask.vouched_at(url).map(|(_, body_bytes)| body_bytes);
        manners.tally().conditional += u64::from(saved.is_some());
        let bytes_before = cost.bytes;
        cost.requests += 1;
        let whole = Duration::from_millis(self.settings.whole_timeout_ms);
        let sent = self.client.send(url, ask, limit, clock, cost);
        let sent = self.silence.watch(sent, self.settings.silence());
        let answer = match tokio::time::timeout(whole, sent).await {
            Ok(answer) => answer,
            Err(_) => Err(answers::too_slow(url, whole)),
        };
        manners.asked(clock.now());
        manners.tally().bytes += cost.bytes - bytes_before;
        if let (Ok(Answer { status: 304, .. }), Some(saved)) = (&answer, saved) {
            manners.tally().not_modified += 1;
            manners.tally().bytes_saved += saved;
        }
        match &answer {
            // A challenge page says why; that it is to be quiet here, the status says all the same.
            Ok(answer) if matches!(answer.status, 429 | 503) => {
                manners.refused(answer.retry_after, gap, clock.now());
                self.hosts.became_quiet(&host_key(url));
            }
            Ok(answer) if answer.status < 500 => manners.welcomed(),
            _ => {}
        }
        answer
    }
}
