//! `overheard topics diff`.

use std::io::{self, Write as _};
use std::path::PathBuf;

use clap::Args;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::app;
use crate::classify::Detail;
use crate::cli::changed;
use crate::clock::{Clock as _, SystemClock};
use crate::config::{Config, Market};
use crate::digest::Window;
use crate::pipeline::changes::{Changes, yes};
use crate::post::PostId;
use crate::text::count::count;
use crate::topic::RulesetId;
use crate::verdict::TopicVerdict;

/// A day: posts are read a day at a time.
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// Show what each topic gains and loses on the posts kept, by the rules of another file
#[derive(Debug, Args)]
#[command(after_help = "Example:
  overheard topics diff --days 30 new-topics.toml

The file holds every [[topic]] that is to be in force. Both rulesets are taught by the labels there are,
and read from what is kept of each post; nothing is changed. Only new descriptions and examples go
through the model.")]
pub(super) struct Diff {
    /// The file of topics
    rules: PathBuf,
    /// Posts of so many days
    #[arg(long, default_value_t = 30, value_name = "N")]
    days: u32,
    /// Print it as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Report<'a> {
    ruleset: &'a RulesetId,
    new_ruleset: &'a RulesetId,
    posts: usize,
    not_read: usize,
    changes: &'a Changes,
}

impl Diff {
    pub(super) fn run(self, config: &Config) -> anyhow::Result<()> {
        let mut market = Market::read(&config.sources)?;
        let mut proposed = Market::parse(&[])?;
        proposed.ruleset = Market::read_topics(&self.rules)?.with_accounts(&market.accounts);
        proposed.accounts.clone_from(&market.accounts);
        let store = app::open_kept_store(config)?;
        let encoder = app::encoder_on_demand(config)?;
        let labels = store.labels()?;
        market.learn(labels.clone());
        proposed.learn(labels);
        let old = app::taught_by(&encoder, &market, &*store)?;
        let new = app::taught_by(&encoder, &proposed, &*store)?;

        let now = SystemClock.now();
        let days = SignedDuration::from_hours(24 * i64::from(self.days));
        let earliest = store.first_said()?.unwrap_or(now);
        let mut from = now.checked_sub(days).unwrap_or(Timestamp::MIN).max(earliest);
        let (mut changes, mut posts, mut not_read) = (Changes::default(), 0, 0);
        while from <= now {
            let until = from.checked_add(DAY)?;
            let said = store.said_in(Window { from, until })?;
            let ids: Vec<PostId> = said.iter().map(|post| post.id).collect();
            for (post, judged) in said.iter().zip(store.still_judged(&ids)?) {
                let Some(judged) = judged.filter(|judged| judged.verdict.model == *old.model())
                else {
                    not_read += 1;
                    continue;
                };
                let text = post.full_text();
                let by = |classifier: &crate::classify::Classifier| -> Vec<TopicVerdict> {
                    let (embedding, accounts) = (&judged.embedding, &judged.verdict.accounts);
                    let (topics, signals) =
                        classifier.topics(&text, embedding, accounts, Detail::OverThreshold);
                    topics.into_iter().chain(signals).collect()
                };
                let (before, after) = (by(&old), by(&new));
                changes.compare(post.id, &yes(before.iter()), &yes(after.iter()));
                posts += 1;
            }
            from = until;
        }
        let mut out = io::stdout().lock();
        if self.json {
            let (ruleset, new_ruleset) = (old.ruleset(), new.ruleset());
            let report = Report { ruleset, new_ruleset, posts, not_read, changes: &changes };
            writeln!(out, "{}", serde_json::to_string_pretty(&report)?)?;
            return Ok(());
        }
        writeln!(
            out,
            "{} of the last {}, by ruleset {} and by {} ({}):",
            count(posts, "post", "posts"),
            count(self.days, "day", "days"),
            old.ruleset(),
            new.ruleset(),
            self.rules.display()
        )?;
        changed::print(&mut out, &*store, &changes)?;
        if not_read > 0 {
            let waiting = count(not_read, "post", "posts");
            writeln!(
                out,
                "{waiting} not looked at: this model has not read them; `overheard rejudge`."
            )?;
        }
        Ok(())
    }
}
