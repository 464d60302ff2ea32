//! What a host's robots.txt permits, asked once a day.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use url::Url;

use super::http::{Ask, Cost, Http, Manner, TooLong};
use super::robots::{Robots, SIZE_LIMIT};
use crate::adapters::sitemap::worth_a_try;
use crate::adapters::{Request, Step};
use crate::clock::Clock;
use crate::host::{KnownRobots, RobotsSaid};
use crate::text::urls::absolute;
use crate::visit::{Failure, FailureKind};

/// How long a robots.txt is believed (RFC 9309 §2.4).
const BELIEVED: SignedDuration = SignedDuration::from_hours(24);
/// How long a robots.txt that could not be read means no: a server's bad hour is not a bad day.
const DOUBTED: SignedDuration = SignedDuration::from_hours(1);
/// The longest Crawl-delay that is waited; more would only make a visit run out of time.
const LONGEST_DELAY: Duration = Duration::from_mins(1);
/// The longest rules that are remembered between runs; longer ones are asked for again.
const LONGEST_RULES: usize = 16 * 1024;
/// Origins remembered in this process before the older half is forgotten.
const ORIGINS_REMEMBERED: usize = 10_000;

/// The robots.txt of every origin asked today.
#[derive(Debug, Default)]
pub(super) struct Permissions {
    known: Mutex<HashMap<String, (Timestamp, Rules)>>,
}

#[derive(Debug, Clone)]
enum Rules {
    /// There are these.
    Read(Arc<Robots>),
    /// There are none: all is permitted.
    None,
    /// There may be some: nothing is permitted.
    Unknown {
        /// What the server answered instead.
        status: u16,
    },
    /// They lie behind an address that we never call, wherever a redirect led: nothing is permitted.
    OutOfReach(Arc<Failure>),
}

impl Http {
    /// The least time between two pages of this host, where robots.txt lets us read the URL.
    pub(super) async fn permitted(
        &self,
        url: &Url,
        clock: &dyn Clock,
        cost: &mut Cost,
    ) -> Result<Duration, Failure> {
        let origin = url.origin().ascii_serialization();
        let rules = self.rules(url, &origin, clock, cost).await?;
        let no = |sentence: String, retry_after| Failure {
            kind: FailureKind::Robots,
            sentence,
            retry_after,
        };
        let agent = self.settings.product_token();
        match rules {
            Rules::None => Ok(self.settings.page_gap()),
            Rules::OutOfReach(failure) => Err((*failure).clone()),
            Rules::Read(robots) if robots.allows(agent, path_and_query(url)) => {
                let delay = robots.crawl_delay(agent).map(|delay| delay.min(LONGEST_DELAY));
                Ok(delay
                    .map_or(self.settings.page_gap(), |delay| delay.max(self.settings.feed_gap())))
            }
            Rules::Read(_) => Err(no(
                format!(
                    "{origin}/robots.txt asks not to read {}: look for a feed of the site, or ask its owner",
                    url.path()
                ),
                None,
            )),
            Rules::Unknown { status } => Err(no(
                format!(
                    "{origin}/robots.txt could not be read ({status}), which counts as a no: we try again by ourselves"
                ),
                Duration::try_from(DOUBTED).ok(),
            )),
        }
    }

    /// What robots.txt asks, in a sentence, where it asks not to read this URL: for a feed a person
    /// subscribes to it is shown, and not obeyed.
    pub async fn advice(&self, url: &Url, clock: &dyn Clock, cost: &mut Cost) -> Option<String> {
        let origin = url.origin().ascii_serialization();
        let failure = self.permitted(url, clock, cost).await.err()?;
        (failure.kind == FailureKind::Robots).then(|| {
            format!(
                "{origin}/robots.txt asks crawlers not to read {}: a feed you subscribe to is read all the same, a page would not be",
                url.path()
            )
        })
    }

    /// The sitemaps that the robots.txt of a URL's origin names.
    pub async fn sitemaps(&self, url: &Url, clock: &dyn Clock, cost: &mut Cost) -> Vec<Url> {
        let origin = url.origin().ascii_serialization();
        match self.rules(url, &origin, clock, cost).await {
            Ok(Rules::Read(robots)) => {
                let named = robots.sitemaps().iter().filter_map(|place| absolute(place, Some(url)));
                worth_a_try(named.collect(), url)
            }
            _ => Vec::new(),
        }
    }

    async fn rules(
        &self,
        url: &Url,
        origin: &str,
        clock: &dyn Clock,
        cost: &mut Cost,
    ) -> Result<Rules, Failure> {
        match self.known_rules(url, origin, clock.now()).await {
            Some(rules) => Ok(rules),
            None => self.ask_for_rules(url, origin, clock, cost).await,
        }
    }

    /// The rules of an origin as far as we know them, from this run or an earlier one.
    async fn known_rules(&self, url: &Url, origin: &str, now: Timestamp) -> Option<Rules> {
        if let Some(rules) = self.permissions.of(origin, now) {
            return Some(rules);
        }
        let agent = self.settings.product_token();
        let (until, rules) = {
            let manners = self.turn(url, now).await;
            let known = manners.robots(origin, agent, now)?;
            (known.until, Rules::from(&known.said))
        };
        self.permissions.keep(origin, rules.clone(), until);
        Some(rules)
    }

    async fn ask_for_rules(
        &self,
        url: &Url,
        origin: &str,
        clock: &dyn Clock,
        cost: &mut Cost,
    ) -> Result<Rules, Failure> {
        let mut robots = url.clone();
        robots.set_path("/robots.txt");
        robots.set_query(None);
        let request = Request { url: robots, step: Step::Listing, accept: "text/plain, */*;q=0.1" };
        let ask = Ask { request: &request, vouched: None, manner: Manner::Feed };
        // Boxed: asking for a page asks for its rules, which is asking again.
        let answer = Box::pin(self.answer(&ask, (SIZE_LIMIT, TooLong::Cut), clock, cost)).await;
        let (rules, held) = match answer {
            Ok(answer) => match answer.status {
                200..=299 => (Rules::Read(Arc::new(Robots::parse(&answer.body.bytes))), BELIEVED),
                status @ (429 | 500..=599) => (Rules::Unknown { status }, DOUBTED),
                _ => (Rules::None, BELIEVED),
            },
            // A robots.txt that leads nowhere is none (RFC 9309 §2.3.1.2).
            Err(failure) if failure.kind == FailureKind::Redirect => (Rules::None, BELIEVED),
            // It will not be another for the next article, and asking may cost the first host something.
            Err(failure) if failure.kind == FailureKind::ForbiddenAddress => {
                (Rules::OutOfReach(Arc::new(failure)), DOUBTED)
            }
            // Nothing can be reached: that says more than "robots.txt could not be read".
            Err(failure) => return Err(failure),
        };
        let now = clock.now();
        let until = now.checked_add(held).unwrap_or(now);
        self.permissions.keep(origin, rules.clone(), until);
        let agent = self.settings.product_token();
        if let Some(said) = rules.said_to(agent) {
            let (origin, agent) = (origin.to_owned(), agent.to_owned());
            let mut manners = self.turn(url, now).await;
            manners.remember_robots(KnownRobots { origin, agent, until, said });
        }
        Ok(rules)
    }
}

impl Rules {
    /// What to remember of them for the agent with this name; nothing where that is too much.
    fn said_to(&self, agent: &str) -> Option<RobotsSaid> {
        Some(match self {
            Self::Read(robots) => {
                return robots.text_for(agent, LONGEST_RULES).map(RobotsSaid::Rules);
            }
            Self::None => RobotsSaid::Nothing,
            Self::Unknown { status } => RobotsSaid::Unreadable(*status),
            // The settings may be others in the next run.
            Self::OutOfReach(_) => return None,
        })
    }
}

impl From<&RobotsSaid> for Rules {
    fn from(said: &RobotsSaid) -> Self {
        match said {
            RobotsSaid::Rules(text) => Self::Read(Arc::new(Robots::parse(text.as_bytes()))),
            RobotsSaid::Nothing => Self::None,
            RobotsSaid::Unreadable(status) => Self::Unknown { status: *status },
        }
    }
}

impl Permissions {
    fn of(&self, origin: &str, now: Timestamp) -> Option<Rules> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(origin).filter(|(until, _)| *until > now).map(|(_, rules)| rules.clone())
    }

    fn keep(&self, origin: &str, rules: Rules, until: Timestamp) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= ORIGINS_REMEMBERED {
            // Each is found with its host, or asked for again, when it is needed.
            let mut believed: Vec<Timestamp> = known.values().map(|(until, _)| *until).collect();
            let (_, middle, _) = believed.select_nth_unstable(ORIGINS_REMEMBERED / 2);
            let middle = *middle;
            known.retain(|_, (until, _)| *until > middle);
        }
        known.insert(origin.to_owned(), (until, rules));
    }
}

fn path_and_query(url: &Url) -> &str {
    &url[url::Position::BeforePath..url::Position::AfterQuery]
}
