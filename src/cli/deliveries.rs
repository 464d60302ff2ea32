//! `overheard deliveries`: what went where, what failed and why, and what a person makes of it.

use std::io::{self, Write};
use std::sync::Arc;

use anyhow::bail;
use clap::{Args, Subcommand};
use jiff::{Timestamp, ToSpan as _};
use serde::Serialize;

use super::{Common, Usage};
use crate::app;
use crate::channel::FOLDER;
use crate::clock::{Clock as _, SystemClock};
use crate::config::{Config, Market};
use crate::deliver::outbox::LOOK_BACK_DAYS;
use crate::delivery::{Delivery, DeliveryId, State};
use crate::reader::{Mail, Reader};
use crate::store::{Store, StoreError};
use crate::text::count::count;

/// Days of digests that are listed where nobody asks for more.
const LISTED_DAYS: i64 = 14;

/// Somebody else may change a delivery just then; they are few.
const TRIES: usize = 5;

/// Show what was sent to whom, what failed and why; send again or give up what is left to you
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
#[command(after_help = "Examples:
  overheard deliveries                    the last two weeks
  overheard deliveries --dead             what is not tried again by itself, and what to do about it
  overheard deliveries --waiting --json
  overheard deliveries resend 2026-11-22/ada/mail
  overheard deliveries drop 2026-11-22/ada/slack-sales
  overheard deliveries test --reader ada  a few words by each of their channels, at once

Nothing is ever sent twice by itself: what broke off while it was being sent is `uncertain`, and may have
arrived. Ask the reader, or look into the mail server's log; then send it again, or drop it.")]
pub(super) struct Deliveries {
    #[command(subcommand)]
    command: Option<Command>,
    /// Only what is not tried again by itself
    #[arg(long, conflicts_with = "waiting")]
    dead: bool,
    /// Only what is still going to be sent
    #[arg(long)]
    waiting: bool,
    /// Digests of so many days
    #[arg(long, value_name = "N", default_value_t = LISTED_DAYS)]
    days: i64,
    /// Print them as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Send one again, whatever became of it before
    Resend(Resend),
    /// Give one up
    Drop(Named),
    /// Send a few words by a reader's channels now, and say what was answered
    Test(Test),
    /// Show the secret addresses of readers' own feeds and calendars
    Addresses(Addresses),
}

/// Show the secret addresses of readers' own feeds and calendars
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  overheard deliveries addresses
  overheard deliveries addresses --reader ada

Whoever knows an address reads what its reader gets: give each to its reader alone. They hold as long as
DATA/keys/links, and need `[web] base_url`. Where one has got about, write renewed = \"2026-11-20\" into its
reader's [[reader]]: each other date makes both addresses new, and the old ones lead nowhere as long as the
line stands. The buttons of a digest that was read there work for 60 days from its morning, still. Whoever asked for no more digests is named with the
page on which that is taken back.")]
struct Addresses {
    /// Of this reader alone
    #[arg(long, value_name = "ID")]
    reader: Option<String>,
    /// Print them as JSON
    #[arg(long)]
    json: bool,
}

/// Send one again, whatever became of it before
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  overheard deliveries resend 2026-11-22/ada/mail
  overheard deliveries resend 2026-11-22/ada/mail --sent    though it was taken once

It is sent by the next `overheard run`, or by the service within a minute or two.")]
struct Resend {
    #[command(flatten)]
    named: Named,
    /// Send it a second time though it was taken once
    #[arg(long)]
    sent: bool,
}

#[derive(Debug, Args)]
struct Named {
    /// Which, as `overheard deliveries` names it: DATE/READER/CHANNEL
    #[arg(value_name = "ID")]
    id: DeliveryId,
    /// Print how it stands now as JSON
    #[arg(long)]
    json: bool,
}

/// Send a few words by a reader's channels now, and say what was answered
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  overheard deliveries test --reader ada
  overheard deliveries test --reader ada --channel slack-sales

Nothing of a digest is sent, and nothing is kept of it.")]
struct Test {
    /// To whom
    #[arg(long, value_name = "ID")]
    reader: String,
    /// By this channel alone
    #[arg(long, value_name = "ID")]
    channel: Option<String>,
    /// Print what came of it as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Tested<'a> {
    channel: &'a str,
    taken: bool,
    words: String,
}

impl Deliveries {
    pub(super) fn run(self, common: &Common) -> anyhow::Result<()> {
        let config = common.config()?;
        match self.command {
            Some(Command::Resend(resend)) => resend.run(&config),
            Some(Command::Drop(named)) => named.drop(&config),
            Some(Command::Test(test)) => test.run(&config),
            Some(Command::Addresses(addresses)) => addresses.run(&config),
            None => self.list(&config),
        }
    }

    fn list(self, config: &Config) -> anyhow::Result<()> {
        let store = app::open_kept_store(config)?;
        let mut deliveries = of_last(&*store, self.days, SystemClock.now())?;
        if self.dead {
            deliveries.retain(|delivery| delivery.state.is_dead());
        }
        if self.waiting {
            deliveries
                .retain(|delivery| delivery.state.is_open() || delivery.state == State::Sending);
        }
        // What is new is asked for most.
        deliveries.reverse();
        let mut out = io::stdout().lock();
        if self.json {
            writeln!(out, "{}", serde_json::to_string_pretty(&deliveries)?)?;
            return Ok(());
        }
        if deliveries.is_empty() {
            let what = match (self.dead, self.waiting) {
                (true, _) => "Nothing is left to you",
                (_, true) => "Nothing waits",
                _ => "Nothing was sent",
            };
            writeln!(
                out,
                "{what} of the digests of the last {}.",
                count(self.days, "day", "days")
            )?;
        }
        for delivery in &deliveries {
            print(delivery, &mut out)?;
        }
        let dead = deliveries.iter().filter(|delivery| delivery.state.is_dead()).count();
        if dead > 0 {
            writeln!(
                out,
                "{} not tried again: `overheard deliveries resend ID`, or `drop ID`",
                count(dead, "delivery is", "deliveries are")
            )?;
        }
        Ok(())
    }
}

/// Who wants no more digests, and since when; nobody where nothing was ever kept.
fn unsubscribed(config: &Config) -> anyhow::Result<Vec<(String, Timestamp)>> {
    if app::has_store(config) {
        Ok(app::open_kept_store(config)?.unsubscribed()?)
    } else {
        Ok(Vec::new())
    }
}

/// How many deliveries of the last days are left to a person.
pub(super) fn dead(store: &dyn Store, now: Timestamp) -> Result<usize, StoreError> {
    let recent = of_last(store, LISTED_DAYS, now)?;
    Ok(recent.iter().filter(|delivery| delivery.state.is_dead()).count())
}

/// One line of how a delivery stands, with the reason where there is one.
pub(super) fn print(delivery: &Delivery, out: &mut impl Write) -> io::Result<()> {
    let Delivery { id, state, at, tries, due, words, .. } = delivery;
    let moment = |at: &Timestamp| at.strftime("%Y-%m-%d %H:%M UTC").to_string();
    write!(out, "{:<10} {id}  {}", state.name(), moment(at))?;
    if *tries > 1 {
        write!(out, ", after {tries} tries")?;
    }
    if state.is_open() {
        write!(out, ", to be tried at {}", moment(due))?;
    }
    writeln!(out)?;
    if let Some(words) = words {
        writeln!(out, "           {words}")?;
    }
    Ok(())
}

fn of_last(store: &dyn Store, days: i64, now: Timestamp) -> Result<Vec<Delivery>, StoreError> {
    let today = now.to_zoned(jiff::tz::TimeZone::UTC).date();
    // A number of days that no calendar has means all.
    let since = today.checked_sub(jiff::Span::new().try_days(days.max(0)).unwrap_or_default());
    store.deliveries(since.unwrap_or(jiff::civil::Date::MIN))
}

impl Resend {
    fn run(self, config: &Config) -> anyhow::Result<()> {
        let now = SystemClock.now();
        let oldest =
            now.to_zoned(jiff::tz::TimeZone::UTC).date().saturating_sub(LOOK_BACK_DAYS.days());
        if self.named.id.date < oldest {
            let days = count(LOOK_BACK_DAYS, "day", "days");
            let why = format!(
                "a digest of more than {days} ago is not sent any more; \
                `overheard digest --reader {} --date {}` shows it",
                self.named.id.reader, self.named.id.date
            );
            return Err(Usage(why).into());
        }
        let is_wanted = |before: &Delivery| match before.state {
            State::Sent if !self.sent => {
                let words = before.words.as_deref().unwrap_or("taken");
                bail!("{} was taken ({words}): --sent sends it a second time", before.id)
            }
            State::Sending if !before.is_abandoned(now) => {
                bail!("{} is being sent just now", before.id)
            }
            _ => Ok(()),
        };
        let after = self.named.change(config, |before| {
            is_wanted(before)?;
            Ok(before.again(now))
        })?;
        self.named.tell(
            &after,
            "it is sent by the next `overheard run`, or by the service in a minute or two",
        )
    }
}

impl Named {
    fn drop(self, config: &Config) -> anyhow::Result<()> {
        let now = SystemClock.now();
        let after = self.change(config, |before| match before.state {
            State::Sent => bail!("{} was taken already: there is nothing to give up", before.id),
            State::Sending if !before.is_abandoned(now) => {
                bail!("{} is being sent just now", before.id)
            }
            _ => Ok(before.dropped(now)),
        })?;
        self.tell(&after, "it is not sent")
    }

    fn change(
        &self,
        config: &Config,
        change: impl Fn(&Delivery) -> anyhow::Result<Delivery>,
    ) -> anyhow::Result<Delivery> {
        let store: Arc<dyn Store> = app::open_kept_store(config)?;
        for _ in 0..TRIES {
            let all = store.deliveries(self.id.date)?;
            let Some(before) = all.into_iter().find(|delivery| delivery.id == self.id) else {
                let why =
                    format!("there is no delivery {}: `overheard deliveries` names them", self.id);
                return Err(Usage(why).into());
            };
            let after = change(&before)?;
            if store.advance(&before, &after)? {
                return Ok(after);
            }
        }
        bail!("{} changes just now: look at it with `overheard deliveries`, and try again", self.id)
    }

    fn tell(&self, after: &Delivery, words: &str) -> anyhow::Result<()> {
        let mut out = io::stdout().lock();
        if self.json {
            writeln!(out, "{}", serde_json::to_string_pretty(after)?)?;
        } else {
            writeln!(out, "{} is {} now: {words}", after.id, after.state.name())?;
        }
        Ok(())
    }
}

/// Where a reader's own feed and calendar are.
#[derive(Serialize)]
struct OwnAddresses<'r> {
    reader: &'r str,
    feed: Option<String>,
    calendar: Option<String>,
    /// Where they, or we for them, say whether they want digests.
    subscription: Option<String>,
    /// Since when they want none.
    unsubscribed: Option<Timestamp>,
}

impl Addresses {
    fn run(self, config: &Config) -> anyhow::Result<()> {
        let market = Market::read(&config.sources)?;
        let readers: Vec<&Reader> = match &self.reader {
            Some(id) => vec![reader(&market, id)?],
            None => market.readers.iter().collect(),
        };
        let links = app::links(config)?;
        let none =
            "there are no pages: name their address as base_url under [web] in overheard.toml";
        links.base().ok_or_else(|| Usage(none.to_owned()))?;
        let gone = unsubscribed(config)?;
        let mut out = io::stdout().lock();
        let mut all = Vec::new();
        for reader in readers {
            let (feed, calendar) = (links.feed(reader), links.calendar(reader));
            let subscription = links.unsubscribe(&reader.id);
            let unsubscribed = gone.iter().find(|(id, _)| *id == reader.id).map(|(_, at)| *at);
            let id = reader.id.as_str();
            let addresses = OwnAddresses { reader: id, feed, calendar, subscription, unsubscribed };
            if !self.json {
                writeln!(out, "{} ({})", reader.name, reader.id)?;
                for address in addresses.feed.iter().chain(&addresses.calendar) {
                    writeln!(out, "  {address}")?;
                }
                if let (Some(at), Some(page)) = (unsubscribed, &addresses.subscription) {
                    let since = at.strftime("%Y-%m-%d");
                    writeln!(
                        out,
                        "  no more digests since {since}, as they asked; to take that back:"
                    )?;
                    writeln!(out, "  {page}")?;
                }
            }
            all.push(addresses);
        }
        if self.json {
            writeln!(out, "{}", serde_json::to_string_pretty(&all)?)?;
        }
        Ok(())
    }
}

fn reader<'m>(market: &'m Market, id: &str) -> Result<&'m Reader, Usage> {
    market.reader(id).ok_or_else(|| {
        let known: Vec<_> = market.readers.iter().map(|reader| reader.id.as_str()).collect();
        let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
        Usage(format!("no reader {id:?}; there are: {known}"))
    })
}

impl Test {
    fn run(self, config: &Config) -> anyhow::Result<()> {
        let market = Market::read(&config.sources)?;
        let reader = reader(&market, &self.reader)?;
        let channels = self.channels(config, &market, reader)?;
        let tested = super::run_to_end(async {
            let mut tested = Vec::new();
            for channel in channels {
                let sent = app::test_delivery(config, &market, reader, channel).await?;
                let taken = sent.is_ok();
                tested.push(Tested { channel, taken, words: sent.unwrap_or_else(|why| why) });
            }
            Ok(tested)
        })?;
        let gone = unsubscribed(config)?;
        let mut out = io::stdout().lock();
        if self.json {
            writeln!(out, "{}", serde_json::to_string_pretty(&tested)?)?;
        } else {
            for Tested { channel, taken, words } in &tested {
                let how = if *taken { "taken" } else { "NOT taken" };
                writeln!(out, "{channel}: {how}: {words}")?;
            }
            if gone.iter().any(|(id, _)| *id == reader.id) {
                let name = &reader.name;
                writeln!(
                    out,
                    "{name} asked for no more digests, and gets none: `overheard status`"
                )?;
            }
        }
        let failed = tested.iter().filter(|tested| !tested.taken).count();
        if failed > 0 {
            bail!("{failed} of {} did not take it", count(tested.len(), "channel", "channels"));
        }
        Ok(())
    }

    fn channels<'r>(
        &'r self,
        config: &Config,
        market: &Market,
        reader: &'r Reader,
    ) -> anyhow::Result<Vec<&'r str>> {
        let mail = if config.mail.is_there() { Mail::Served } else { Mail::None };
        let mut channels = match &self.channel {
            Some(channel) => vec![channel.as_str()],
            None => reader.channels(mail),
        };
        channels.retain(|channel| *channel != FOLDER);
        if channels.is_empty() {
            let why = format!(
                "{} gets files alone: write an email and a [mail] server, or send = [\"…\"]",
                reader.id
            );
            return Err(Usage(why).into());
        }
        let is_known =
            |channel: &&str| *channel == crate::channel::MAIL || market.channel(channel).is_some();
        if let Some(unknown) = channels.iter().find(|channel| !is_known(channel)) {
            let known: Vec<_> = market.channels.iter().map(|channel| channel.id.as_str()).collect();
            let known = [&["mail"], &known[..]].concat().join(", ");
            return Err(Usage(format!("no channel {unknown:?}; there are: {known}")).into());
        }
        Ok(channels)
    }
}
