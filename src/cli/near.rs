//! `overheard near`.

use std::io::{self, Write};

use anyhow::{Context as _, bail};
use clap::Args;
use serde::Serialize;

use super::meaning::{caught_up, days, last_days, refused};
use super::{Common, named, posts};
use crate::app;
use crate::classify::model_of;
use crate::clock::{Clock as _, SystemClock};
use crate::digest::{Heard, Window};
use crate::pipeline::{self, Asking, NearPost};
use crate::post::PostId;
use crate::search::meaning::Filter;
use crate::store::Store;
use crate::story;
use crate::verdict::{Embedding, ModelId};
use crate::views::{self, safe};

/// Posts shown, unless asked otherwise.
const SHOWN: usize = 10;

/// Posts shown at most: whoever wants more wants a search.
const MOST: usize = 200;

/// What is less like it than this has nothing to do with it.
const LEAST: f32 = 0.3;

/// Posts read for each one shown: reprints are folded.
const READ_EACH: usize = 5;

/// Characters shown of a post, and of who said it.
const TITLE_CHARS: usize = 160;
const NAME_CHARS: usize = 80;

/// Show posts of like meaning: to a post, or to a text
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  overheard near 3f2a9c01                            posts like this one
  overheard near https://blog.example/bill --since 30d
  overheard near \"we moved our data back to our own servers\" --limit 5

Reprints of one story are shown once. The number is the cosine of the angle between the two embeddings: 1 is
the same meaning.")]
pub(super) struct Near {
    /// A post, by its URL or the beginning of its id; or a text
    #[arg(value_name = "POST|TEXT")]
    to: String,
    /// Only what was said in this time: 14d, 6w, 3m, 2y
    #[arg(long, value_name = "TIME", value_parser = days)]
    since: Option<i32>,
    /// How many to show
    #[arg(long, value_name = "N", default_value_t = SHOWN)]
    limit: usize,
    /// Print it as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Shown {
    post: PostId,
    likeness: f32,
    how: &'static str,
    title: String,
    url: Option<String>,
    source: String,
    voice: crate::source::Voice,
    when: jiff::Timestamp,
    reprints: usize,
}

impl Near {
    pub(super) fn run(self, common: &Common) -> anyhow::Result<()> {
        let config = common.config()?;
        let (market, _) = named::market_in_part(&config);
        let store = app::open_store_to_answer(&config)?;
        let (itself, model, asked) = if is_post(&self.to) {
            let (post, model, embedding) = embedding_of(&*store, &self.to)?;
            (Some(post), model, embedding)
        } else {
            let encoder = app::encoder_to_ask(&config).context("a text is read by the encoder")?;
            pipeline::refuse_foreign(&*encoder, &market, &self.to).map_err(refused)?;
            let asked = pipeline::embedded(&*encoder, &self.to).map_err(refused)?;
            (None, model_of(&*encoder), asked)
        };
        let mut meaning = caught_up(&config, &*store)?;
        let now = SystemClock.now();
        let window = self.since.map_or(ALWAYS, |days| last_days(days, now));
        let limit = self.limit.clamp(1, MOST);
        let mut asking = Asking {
            market: &market,
            store: &*store,
            meaning: &mut meaning,
            words: None,
            model: &model,
        };
        let found = asking.near(&asked, &Filter::said_in(window), (limit + 1) * READ_EACH)?;
        let mut shown = folded(&found, itself);
        shown.truncate(limit);
        let mut out = io::stdout().lock();
        if self.json {
            writeln!(out, "{}", serde_json::to_string_pretty(&shown)?)?;
            return Ok(());
        }
        if shown.is_empty() {
            writeln!(out, "Nothing is like it.")?;
        }
        for post in &shown {
            print(&mut out, post)?;
        }
        Ok(())
    }
}

const ALWAYS: Window = Window { from: jiff::Timestamp::MIN, until: jiff::Timestamp::MAX };

/// Whether it names a post, and is no text: a URL, or hexadecimal digits with a number among them.
fn is_post(named: &str) -> bool {
    let named = named.trim();
    let is_id = named.len() >= 4
        && named.bytes().all(|byte| byte.is_ascii_hexdigit())
        && named.bytes().any(|byte| byte.is_ascii_digit());
    is_id || (named.contains("://") && !named.contains(char::is_whitespace))
}

fn embedding_of(store: &dyn Store, named: &str) -> anyhow::Result<(PostId, ModelId, Embedding)> {
    let post = posts::find(store, named)?;
    let Some(judged) = store.judged(post.id)?.filter(|judged| !judged.embedding.0.is_empty())
    else {
        bail!(
            "the post {} has no embedding: it is not judged yet (`overheard run`), or in a language the \
             encoder does not read (`overheard why` says)",
            post.id
        );
    };
    Ok((post.id, judged.verdict.model, judged.embedding))
}

/// One of each story, the nearest of it, but for the story of the post that was asked about.
fn folded(found: &[NearPost<'_>], itself: Option<PostId>) -> Vec<Shown> {
    let heard: Vec<Heard> = found.iter().map(NearPost::heard).collect();
    let mut shown: Vec<(usize, usize)> = Vec::new();
    for story in story::stories(&heard) {
        let is_itself = story.posts.iter().any(|at| Some(heard[*at].post.id) == itself);
        // The nearest stand first.
        let nearest = story.posts.iter().copied().min().filter(|_| !is_itself);
        shown.extend(nearest.map(|nearest| (nearest, story.posts.len() - 1)));
    }
    shown.sort_unstable();
    let near = shown.into_iter().map(|(at, reprints)| (&found[at], reprints));
    near.filter(|(near, _)| near.likeness >= LEAST)
        .map(|(near, reprints)| {
            let said = &near.post.said;
            let words = said.title.as_deref().filter(|title| !title.trim().is_empty());
            Shown {
                post: near.post.id,
                likeness: near.likeness,
                how: views::likeness(near.likeness),
                title: safe::plain(words.unwrap_or(&said.text), TITLE_CHARS),
                url: said.url.clone(),
                source: near.source.owner.to_string(),
                voice: near.source.voice,
                when: near.post.when(),
                reprints,
            }
        })
        .collect()
}

fn print(out: &mut dyn Write, post: &Shown) -> io::Result<()> {
    let Shown { likeness, how, title, source, voice, when, reprints, .. } = post;
    let reprints = match reprints {
        0 => String::new(),
        1 => " · 1 reprint".to_owned(),
        more => format!(" · {more} reprints"),
    };
    writeln!(out, "{likeness:.2} {how} · {title}")?;
    let (source, id) = (safe::plain(source, NAME_CHARS), posts::short(post.post));
    writeln!(out, "     {source}, {voice}, {}{reprints} · {id}", when.strftime("%-d %b %Y"))?;
    if let Some(link) = post.url.as_deref().and_then(safe::link) {
        writeln!(out, "     {}", link.url)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_or_a_url_names_a_post_and_all_else_is_a_text() {
        for post in ["3f2a9c01", "https://a.example/b", " 12ab "] {
            assert!(is_post(post), "{post}");
        }
        for text in ["cafe", "decade", "see https://a.example/b there", "3f2", "leaving the cloud"]
        {
            assert!(!is_post(text), "{text}");
        }
    }
}
