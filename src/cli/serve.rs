//! `overheard serve`.

use std::env;
use std::ffi::OsString;
use std::io::{self, Write as _};
use std::process;
use std::sync::Arc;

use anyhow::Context as _;
use clap::Args;
use indicatif::HumanBytes;
use jiff::Timestamp;
use serde::Serialize;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{Notify, watch};

use super::Common;
use crate::app::App;
use crate::app::service::{Asked, FailedVisit, Heard, News, Service};
use crate::clock::{Clock, SystemClock};
use crate::config::Market;
use crate::delivery::State;
use crate::store::Compacted;
use crate::text::count::count;

/// What a shell says of a process that a signal ended.
const ENDED_AT_ONCE: i32 = 130;

/// Sources that failed are named up to so many; `status` names all.
const NAMED: usize = 3;

/// Do what `run` does whenever it is due, and compact and back up at night, until asked to end
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  overheard serve                    until SIGTERM or Ctrl-C; a second one ends it at once
  overheard serve --json             the log for a machine: a JSON object a line
  kill -HUP PID                      a round at once, with what changed on the disk

Sources are read when they are due, and each reader's digest is written when their morning comes. Sources,
topics and settings that change on the disk are in force within a minute or two; a mistake in them is said,
and those of before stay in force. At night what is due is compacted, and where [service] names a folder the
backup there is brought up to date; `overheard status` says how that went.

Meanwhile all other commands work: they reach the store through the service. Only `run` and `restore`
want it stopped. README.md has a unit for systemd.")]
pub(super) struct Serve {
    /// Log JSON, an object a line
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Line<'n> {
    at: Timestamp,
    #[serde(flatten)]
    news: &'n News,
}

impl Serve {
    pub(super) fn run(self, common: &Common) -> anyhow::Result<()> {
        let config = common.config()?;
        let market = Market::read(&config.sources)?;
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let app = App::new(config, market, Arc::clone(&clock))?;
        let (stop, stopped) = watch::channel(false);
        let asked = Asked { stop: stopped, hurry: Arc::default() };
        let hurry = Arc::clone(&asked.hurry);
        let json = self.json;
        // Where nobody reads the log any more the service goes on.
        let tell = move |news: News| drop(say(&news, json));
        let again = common.clone();
        let read = Box::new(move || again.config());
        let (settings, stopped) = (common.settings(), asked.stop.clone());
        super::run_to_end(async {
            let signals = Signals::new()?;
            let beside = app.beside(&stopped, &hurry).await?;
            if let Some(address) = beside.address() {
                tell(News::Pages { address });
            }
            let service = Service::new(app, settings, read, asked, Box::new(tell));
            let listening = tokio::spawn(signals.obey(stop, hurry));
            notify("READY=1").context("telling systemd that we are ready")?;
            let served = service.serve().await;
            listening.abort();
            served?;
            beside.joined().await
        })
    }
}

/// What a person or systemd may ask of us.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hang_up: Signal,
}

impl Signals {
    fn new() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hang_up: signal(SignalKind::hangup())?,
        })
    }

    /// Asks for the end at the first SIGTERM or SIGINT, and makes it at the second; for a round at SIGHUP.
    async fn obey(mut self, stop: watch::Sender<bool>, hurry: Arc<Notify>) {
        loop {
            tokio::select! {
                _ = self.terminate.recv() => {}
                _ = self.interrupt.recv() => {}
                _ = self.hang_up.recv() => {
                    hurry.notify_one();
                    continue;
                }
            }
            if stop.send_replace(true) {
                process::exit(ENDED_AT_ONCE);
            }
            let _ = notify("STOPPING=1");
        }
    }
}

/// Tells systemd, where it started us and wants to know.
fn notify(state: &str) -> io::Result<()> {
    use std::os::linux::net::SocketAddrExt as _;
    use std::os::unix::ffi::OsStrExt as _;
    use std::os::unix::net::{SocketAddr, UnixDatagram};

    let Some(place) = notify_socket() else { return Ok(()) };
    let address = match place.as_bytes() {
        [b'@', name @ ..] => SocketAddr::from_abstract_name(name)?,
        _ => SocketAddr::from_pathname(&place)?,
    };
    UnixDatagram::unbound()?.send_to_addr(state.as_bytes(), &address).map(|_| ())
}

fn notify_socket() -> Option<OsString> {
    env::var_os("NOTIFY_SOCKET").filter(|place| !place.is_empty())
}

fn say(news: &News, json: bool) -> io::Result<()> {
    let at = SystemClock.now();
    let mut out = io::stdout().lock();
    if json {
        let line = serde_json::to_string(&Line { at, news })?;
        writeln!(out, "{line}")?;
    } else {
        writeln!(out, "{}  {}", at.strftime("%Y-%m-%d %H:%M:%SZ"), in_words(news))?;
    }
    out.flush()
}

fn in_words(news: &News) -> String {
    let moment = |at: &Timestamp| at.strftime("%Y-%m-%d %H:%M UTC").to_string();
    match news {
        News::Began { sources, readers, night } => format!(
            "serving: {} and {}; the night's work is at {}",
            count(*sources, "source", "sources"),
            count(*readers, "reader", "readers"),
            moment(night)
        ),
        News::Pages { address } => format!("the readers' pages are at http://{address}"),
        News::Round(heard) => of_round(heard),
        News::Failed { what, why, again } => {
            format!("{what} failed: {why}; tried again at {}", moment(again))
        }
        News::Mended => {
            "there is room again: the store was opened anew, and nothing acknowledged is lost"
                .to_owned()
        }
        News::TakenUp { sources } => {
            let sources = count(*sources, "source", "sources");
            format!("what changed in settings, sources, topics or labels is in force; {sources}")
        }
        News::Mistaken { why } => {
            format!(
                "what changed on the disk cannot be used, what was before stays in force: {why}"
            )
        }
        News::Compacted { months } => {
            let of = |bytes: fn(&Compacted) -> u64| -> u64 { months.iter().map(bytes).sum() };
            let (before, after) = (of(|month| month.before_bytes), of(|month| month.after_bytes));
            format!(
                "compacted {}: {} → {}, {} dropped",
                count(months.len(), "month", "months"),
                HumanBytes(before),
                HumanBytes(after),
                count(of(|month| month.dropped), "post", "posts")
            )
        }
        News::BackedUp { folder, posts, written } => format!(
            "backed up {} in {}: {} written anew, restored on trial and counted",
            count(*posts, "post", "posts"),
            folder.display(),
            count(*written, "part", "parts")
        ),
        News::Ending => {
            "ending: what is at work is finished; a second signal ends it at once".to_owned()
        }
        News::Ended => "ended; the store is closed".to_owned(),
    }
}

fn of_round(heard: &Heard) -> String {
    let mut parts = Vec::new();
    let (changed, unchanged) = (heard.read, heard.unchanged);
    if changed + unchanged > 0 {
        let visited = count(changed + unchanged, "source", "sources");
        parts.push(format!("{visited} visited, {changed} with news"));
    }
    if !heard.failed.is_empty() {
        let named = heard.failed.iter().take(NAMED);
        let named = named.map(|FailedVisit { source, why }| format!("{source}: {why}"));
        let named = named.collect::<Vec<_>>().join("; ");
        let more = if heard.failed.len() > NAMED { "; …" } else { "" };
        parts.push(format!("{} failed ({named}{more})", heard.failed.len()));
    }
    if heard.new + heard.changed > 0 {
        let new = count(heard.new, "new post", "new posts");
        parts.push(format!("{new}, {} changed", heard.changed));
    }
    if heard.judged > 0 {
        parts.push(format!("{} judged", count(heard.judged, "post", "posts")));
    }
    for digest in &heard.digests {
        let points = count(digest.points, "point", "points");
        parts.push(format!("digest for {} of {}: {points}", digest.reader, digest.date));
    }
    let of =
        |is_one: fn(State) -> bool| heard.deliveries.iter().filter(move |went| is_one(went.state));
    let sent = of(|state| state == State::Sent).count();
    if sent > 0 {
        parts.push(format!("{sent} sent"));
    }
    let failed: Vec<String> = of(|state| state != State::Sent)
        .map(|went| format!("{} {}", went.id, went.state.name()))
        .collect();
    if !failed.is_empty() {
        let more = if failed.len() > NAMED { ", …" } else { "" };
        let named = failed.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
        let what = count(failed.len(), "delivery", "deliveries");
        parts.push(format!("{what} not made ({named}{more}): see `overheard deliveries`"));
    }
    parts.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::service::Told;

    #[test]
    fn a_round_is_told_in_a_line_that_leaves_out_what_did_not_happen() {
        let heard = Heard { read: 2, unchanged: 3, judged: 1, ..Heard::default() };
        assert_eq!(of_round(&heard), "5 sources visited, 2 with news; 1 post judged");
        let failed = ["a", "b", "c", "d"].map(|source| FailedVisit {
            source: source.to_owned(),
            why: "it answered 500".to_owned(),
        });
        let failed = failed.to_vec();
        let digests =
            vec![Told { reader: "ada".into(), date: jiff::civil::date(2026, 11, 22), points: 5 }];
        let heard = Heard { failed, new: 1, changed: 2, digests, ..Heard::default() };
        assert_eq!(
            of_round(&heard),
            "4 failed (a: it answered 500; b: it answered 500; c: it answered 500; …); 1 new post, 2 changed; digest for ada of 2026-11-22: 5 points"
        );
    }
}
