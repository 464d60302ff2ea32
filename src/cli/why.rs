//! `overheard why`.

use std::io::{self, Write};

use clap::Args;
use serde::Serialize;

use super::{Common, posts};
use crate::app;
use crate::classify::sentiment::relief;
use crate::classify::{Classifier, Detail};
use crate::config::Market;
use crate::label::Label;
use crate::post::Post;
use crate::store::Judged;
use crate::topic::RulesetId;
use crate::verdict::{AccountVerdict, Band, ModelId, TopicVerdict, Verdict};

/// Characters of a post shown.
const SHOWN_CHARS: usize = 400;

/// Topics that are not in the verdict, shown all the same: the nearest.
const FURTHER: usize = 5;

/// Tell the whole story of a post's verdict
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  overheard why 3f2a9c01                     the beginning of an id
  overheard why https://blog.example/bill    or the post's URL
  overheard why 3f2a9c01 --json              with every topic and its score")]
pub(super) struct Why {
    /// The post: its URL, or the beginning of its id
    post: String,
    /// Print it as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Story<'a> {
    post: &'a Post,
    verdict: Option<&'a Verdict>,
    labels: Vec<&'a Label>,
    /// Score from which a topic is said, and from which it may be.
    threshold: f32,
    unsure: f32,
    /// Whether the model or the rules have changed since; none where there is no verdict.
    old: Option<bool>,
    model: &'a ModelId,
    ruleset: &'a RulesetId,
    /// Every topic and signal by the rules in force, best first.
    now: Vec<TopicVerdict>,
    /// Why the model in force does not judge it; none where it does.
    not_judged: Option<String>,
}

impl Why {
    pub(super) fn run(self, common: &Common) -> anyhow::Result<()> {
        let config = common.config()?;
        let mut market = Market::read(&config.sources)?;
        let store = app::open_kept_store(&config)?;
        let post = posts::find(&*store, &self.post)?;
        let judged = store.judged(post.id)?;
        let classifier = app::taught_classifier(&config, &mut market, &*store)?;
        let labels = store.labels()?;
        let verdict = judged.as_ref().map(|judged| &judged.verdict);
        let (model, ruleset) = (classifier.model(), classifier.ruleset());
        let told = Story {
            post: &post,
            verdict,
            labels: labels.iter().filter(|label| label.post == post.id).collect(),
            threshold: Band::THRESHOLD,
            unsure: Band::UNSURE,
            old: verdict.map(|verdict| (&verdict.model, &verdict.ruleset) != (model, ruleset)),
            model,
            ruleset,
            not_judged: verdict.and_then(|verdict| classifier.why_unread(&verdict.language)),
            now: judged.as_ref().map_or_else(Vec::new, |judged| now(&classifier, &post, judged)),
        };
        let mut out = io::stdout().lock();
        if self.json {
            writeln!(out, "{}", serde_json::to_string_pretty(&told)?)?;
            return Ok(());
        }
        print(&mut out, &told)?;
        Ok(())
    }
}

/// What the rules in force say of the post's embedding, if this model made it.
fn now(classifier: &Classifier, post: &Post, judged: &Judged) -> Vec<TopicVerdict> {
    if judged.verdict.model != *classifier.model() {
        return Vec::new();
    }
    let (text, accounts) = (post.full_text(), &judged.verdict.accounts);
    let (topics, signals) = classifier.topics(&text, &judged.embedding, accounts, Detail::All);
    let mut all: Vec<TopicVerdict> = topics.into_iter().chain(signals).collect();
    all.sort_by(|a, b| b.score.total_cmp(&a.score));
    all
}

fn print(out: &mut dyn Write, story: &Story<'_>) -> io::Result<()> {
    let post = story.post;
    writeln!(out, "{}", beginning(&post.full_text()))?;
    writeln!(out)?;
    writeln!(out, "Post       {}", post.id)?;
    if let Some(url) = &post.said.url {
        writeln!(out, "URL        {url}")?;
    }
    writeln!(out, "Source     {}, {}", post.source, post.when().strftime("%Y-%m-%d %H:%M UTC"))?;
    let Some(verdict) = story.verdict else {
        return writeln!(out, "It has no verdict yet: `overheard rejudge` judges it.");
    };
    let language = &verdict.language;
    writeln!(out, "Language   {} ({:.2})", language.code, language.confidence)?;
    if let Some(why) = &story.not_judged {
        writeln!(
            out,
            "Not judged: {why}. It is kept, counted and exported, and speaks for nothing."
        )?;
    }
    let mood = &verdict.sentiment;
    let label = serde_json::to_value(mood.label).unwrap_or_default();
    write!(out, "Sentiment  {} ({:.2})", label.as_str().unwrap_or_default(), mood.score)?;
    match mood.probs {
        Some(p) => writeln!(
            out,
            ": positive {:.2}, neutral {:.2}, negative {:.2}",
            p.positive, p.neutral, p.negative
        )?,
        None if story.not_judged.is_none() && !verdict.model.has_sentiment() => {
            writeln!(out, ": this encoder has no sentiment branch")?;
        }
        None => writeln!(out)?,
    }
    let text = post.full_text();
    let is_weighed =
        mood.probs.is_some() && verdict.model.sentiment().is_some_and(relief::is_by_this_rule);
    if let Some(told) = relief::told(&text).filter(|_| is_weighed) {
        writeln!(out, "           tells of relief: “{}”", beginning(told))?;
    }
    for (what, list) in [("Topic", &verdict.topics), ("Signal", &verdict.signals)] {
        for topic in list {
            print_topic(out, what, topic)?;
        }
    }
    let listed =
        |name: &str| verdict.topics.iter().chain(&verdict.signals).any(|topic| topic.name == name);
    for topic in story.now.iter().filter(|topic| !listed(&topic.name)).take(FURTHER) {
        print_topic(out, "Not listed", topic)?;
    }
    for account in &verdict.accounts {
        print_account(out, account)?;
    }
    for label in &story.labels {
        let at = label.at.strftime("%Y-%m-%d");
        writeln!(out, "Labelled   {} {}, on {at}", label.answer, label.topic)?;
    }
    let at = verdict.at.strftime("%Y-%m-%d %H:%M UTC");
    writeln!(out, "Judged     {at}, by model {} and ruleset {}", verdict.model, verdict.ruleset)?;
    let said = format!("yes from {:.2} on, unsure from {:.2} on", story.threshold, story.unsure);
    writeln!(out, "Scores     {said}")?;
    if story.old == Some(true) {
        writeln!(
            out,
            "It is old: in force are model {} and ruleset {}; `overheard rejudge` judges it again.",
            story.model, story.ruleset
        )?;
    }
    Ok(())
}

fn print_account(out: &mut dyn Write, account: &AccountVerdict) -> io::Result<()> {
    let AccountVerdict { name, mention, score, why, sentiment } = account;
    let band = in_a_word(Band::of(*score));
    writeln!(out, "Account    {name} {score:.2} ({band}): “{mention}”; {why}")?;
    if let Some(mood) = sentiment {
        let label = serde_json::to_value(mood.label).unwrap_or_default();
        let label = label.as_str().unwrap_or_default();
        writeln!(out, "           towards it: {label} ({:.2})", mood.score)?;
    }
    Ok(())
}

fn print_topic(out: &mut dyn Write, what: &str, topic: &TopicVerdict) -> io::Result<()> {
    let band = in_a_word(topic.band);
    writeln!(out, "{what:<10} {} {:.2} ({band}): {}", topic.name, topic.score, topic.why)?;
    if !topic.arguments.is_empty() {
        let told =
            topic.arguments.iter().map(|told| format!("{} “{}”", told.part.name(), told.text));
        writeln!(out, "           {}", told.collect::<Vec<_>>().join(", "))?;
    }
    Ok(())
}

fn in_a_word(band: Band) -> &'static str {
    match band {
        Band::Yes => "yes",
        Band::Unsure => "unsure",
        Band::No => "no",
    }
}

fn beginning(text: &str) -> String {
    match text.char_indices().nth(SHOWN_CHARS) {
        Some((end, _)) => format!("{}…", text[..end].trim_end()),
        None => text.trim_end().to_owned(),
    }
}
