//! F14 where a feed gives teasers: an edited one is an update of the post whose text is its article.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use overheard::crawl::edited::EDITS_FOLLOWED;
use overheard::crawl::visit::{ARTICLES_A_VISIT, TRIES_AN_ARTICLE};
use overheard::visit::{Memory, Outcome, mark};

use super::articles::World;
use super::server::{Reply, Server, answer, ok};

/// A site with a feed of teasers, whose words and articles a test changes between visits.
struct Site {
    server: Server,
    state: Arc<Mutex<State>>,
}

#[derive(Clone, Default)]
struct State {
    robots: &'static str,
    /// Titles and teasers; the first entry is `id-0`.
    entries: Vec<(String, String)>,
    /// What every article says; none where they answer 500.
    says: Option<&'static str>,
    /// Whether an article breaks off before its end.
    cut: bool,
    /// After so many entries the feed breaks off.
    breaks_after: Option<usize>,
    /// What every entry has beside title and teaser.
    more: &'static str,
    /// Where the articles are.
    folder: &'static str,
    /// What stands before every article instead of it, answered 200.
    wall: Option<&'static str>,
}

impl Site {
    fn of(entries: usize) -> Self {
        let entry = |n| (format!("Post {n}"), format!("The beginning of {n}…"));
        let entries = (0..entries).map(entry).collect();
        let says = Some("The first edition.");
        let state =
            Arc::new(Mutex::new(State { entries, says, folder: "blog", ..State::default() }));
        let seen = Arc::clone(&state);
        let server = Server::start(move |asked| {
            let state = seen.lock().unwrap().clone();
            match asked.path() {
                "/robots.txt" => ok(&[], state.robots),
                "/feed" => feed(&state),
                _ => article(&state),
            }
        });
        Self { server, state }
    }

    fn settings(&self) -> String {
        format!("url = {:?}\nfull_text = true", self.server.url("/feed"))
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state.lock().unwrap());
    }

    fn asked_for(&self, path: &str) -> usize {
        self.server.paths().iter().filter(|asked| *asked == path).count()
    }
}

fn feed(state: &State) -> Reply {
    let State { entries, folder, more, .. } = state;
    let item = |(n, (title, teaser)): (usize, &(String, String))| {
        format!(
            "<item><guid isPermaLink='false'>id-{n}</guid><link>/{folder}/{n}</link><title>{title}</title><description>{teaser}</description>{more}</item>"
        )
    };
    let shown = state.breaks_after.unwrap_or(entries.len());
    let items: String = entries.iter().enumerate().take(shown).map(item).collect();
    let feed = format!("<rss version='2.0'><channel><title>T</title>{items}</channel></rss>");
    if state.breaks_after.is_none() {
        return ok(&["ETag: \"1\""], &feed);
    }
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}", feed.len() + 1_000);
    Reply::Bytes(format!("{head}\r\n\r\n{feed}").into_bytes())
}

fn article(state: &State) -> Reply {
    if let Some(wall) = state.wall {
        return ok(&["Content-Type: text/html"], wall);
    }
    let Some(says) = state.says else { return answer("500 Oops", &[], b"") };
    let words = "It says so at some length, because an article has to be long enough to be one. ";
    let html = format!(
        "<html><body><article><h1>Its own title</h1><p>{says}</p><p>{}</p></article></body></html>",
        words.repeat(6)
    );
    if !state.cut {
        return ok(&["Content-Type: text/html"], &html);
    }
    let head =
        format!("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {}", html.len());
    Reply::Bytes(format!("{head}\r\n\r\n{}", &html[..html.len() / 2]).into_bytes())
}

#[tokio::test]
async fn f14_an_edited_teaser_is_an_update_of_its_post_and_its_article_is_read_again() {
    let site = Site::of(3);
    let world = World::new();
    let first = world.visit("feed", &site.settings(), Memory::default()).await;
    site.change(|state| {
        state.entries[1] = ("Post 1, corrected".into(), "Another beginning…".into());
        state.says = Some("The second edition.");
    });
    let second = world.visit("feed", &site.settings(), first.memory).await;

    assert_eq!(second.posts.len(), 1, "what was not edited is not told again");
    assert_eq!(
        second.visit.outcome,
        Outcome::Read {
            posts: 1,
            new: 0,
            skipped: 0,
            why_skipped: None,
            repairs: vec![],
            to_come: 0
        }
    );
    let said = world.kept.lock().unwrap()["id-1"].clone();
    assert_eq!(said.title.as_deref(), Some("Post 1, corrected"));
    assert_eq!(said.summary.as_deref(), Some("Another beginning…"));
    assert!(said.text.contains("The second edition."), "{}", said.text);
    assert!(world.text("id-0").contains("The first edition."));
    assert_eq!([0, 1, 2].map(|n| site.asked_for(&format!("/blog/{n}"))), [1, 2, 1]);
    // It is followed: the same words again are no further edit.
    let third = world.visit("feed", &site.settings(), second.memory).await;
    assert_eq!((third.posts.len(), site.asked_for("/blog/1")), (0, 2));
}

#[tokio::test]
async fn f14_an_edit_whose_article_fails_is_told_at_once_and_the_article_is_owed() {
    let fails: fn(&mut State) = |state| state.says = None;
    let breaks_off: fn(&mut State) = |state| state.cut = true;
    for trouble in [fails, breaks_off] {
        let site = Site::of(2);
        let world = World::new();
        let first = world.visit("feed", &site.settings(), Memory::default()).await;
        let whole = world.text("id-0");
        site.change(|state| {
            state.entries[0].0 = "Post 0, corrected".into();
            trouble(state);
        });
        let second = world.visit("feed", &site.settings(), first.memory).await;
        let title = world.kept.lock().unwrap()["id-0"].title.clone();
        assert_eq!(title.as_deref(), Some("Post 0, corrected"));
        assert_eq!(world.text("id-0"), whole, "what was read stays");
        assert_eq!(second.memory.validators.etag, None, "what is owed is not vouched for");
        assert_eq!(second.memory.unread[0].tries, 1);
        // The teaser stands still now, and the article is asked for because it is owed.
        let third = world.visit("feed", &site.settings(), second.memory).await;
        assert_eq!(world.text("id-0"), whole, "what was read stays in every visit");
        assert_eq!((third.memory.unread[0].tries, third.posts.len()), (2, 0));

        site.change(|state| (state.says, state.cut) = (Some("The second edition."), false));
        let fourth = world.visit("feed", &site.settings(), third.memory).await;
        assert!(world.text("id-0").contains("The second edition."));
        assert!(fourth.memory.unread.is_empty() && fourth.memory.validators.etag.is_some());
    }
}

#[tokio::test]
async fn f14_a_page_that_is_no_article_does_not_take_the_place_of_what_was_read() {
    for wall in ["<html><body><article><p>Log in.</p></article></body></html>", "<html></html>"] {
        let site = Site::of(1);
        let world = World::new();
        let mut memory = world.visit("feed", &site.settings(), Memory::default()).await.memory;
        let whole = world.text("id-0");
        site.change(|state| {
            state.entries[0].0 = "Post 0, corrected".into();
            state.wall = Some(wall);
        });
        for _ in 0..5 {
            memory = world.visit("feed", &site.settings(), memory).await.memory;
            let said = world.kept.lock().unwrap()["id-0"].clone();
            assert_eq!(
                (said.title.as_deref(), said.text),
                (Some("Post 0, corrected"), whole.clone())
            );
        }
        assert_eq!(site.asked_for("/blog/0"), 1 + TRIES_AN_ARTICLE as usize);
        assert!(memory.unread.is_empty() && memory.validators.etag.is_some());
    }
}

#[tokio::test]
async fn f14_an_article_that_stays_away_after_an_edit_is_given_up() {
    let site = Site::of(1);
    let world = World::new();
    let mut memory = world.visit("feed", &site.settings(), Memory::default()).await.memory;
    site.change(|state| {
        state.entries[0].1 = "Another beginning…".into();
        state.says = None;
    });
    for _ in 0..6 {
        memory = world.visit("feed", &site.settings(), memory).await.memory;
    }
    assert_eq!(site.asked_for("/blog/0"), 1 + TRIES_AN_ARTICLE as usize);
    assert!(memory.unread.is_empty() && memory.validators.etag.is_some());
    assert!(world.text("id-0").contains("The first edition."));
}

#[tokio::test]
async fn a_teaser_that_is_another_at_every_visit_has_its_article_read_again_a_few_times_only() {
    let site = Site::of(1);
    let world = World::new();
    let mut memory = world.visit("feed", &site.settings(), Memory::default()).await.memory;
    for comments in 0..10 {
        site.change(|state| state.entries[0].1 = format!("The beginning… {comments} comments"));
        memory = world.visit("feed", &site.settings(), memory).await.memory;
    }
    assert_eq!(site.asked_for("/blog/0"), 1 + EDITS_FOLLOWED as usize);
    let said = world.kept.lock().unwrap()["id-0"].clone();
    assert_eq!(said.summary.as_deref(), Some("The beginning… 9 comments"));
    assert!(said.text.contains("The first edition."));
}

#[tokio::test]
async fn f14_a_post_that_is_no_more_than_its_teaser_becomes_the_edited_one() {
    let site = Site::of(1);
    site.change(|state| state.robots = "User-agent: *\nDisallow: /blog/");
    let world = World::new();
    let first = world.visit("feed", &site.settings(), Memory::default()).await;
    assert_eq!(world.text("id-0"), "The beginning of 0…");
    site.change(|state| state.entries[0].1 = "Withdrawn.".into());
    let second = world.visit("feed", &site.settings(), first.memory).await;
    assert_eq!(world.text("id-0"), "Withdrawn.");
    assert_eq!(site.asked_for("/blog/0"), 0);
    assert!(second.memory.validators.etag.is_some(), "what robots.txt forbids is not owed");
    // A day later a fresh robots.txt lets us in.
    site.change(|state| (state.robots, state.entries[0].0) = ("", "Post 0, again".into()));
    world.visit("feed", &site.settings(), second.memory).await;
    assert!(world.text("id-0").contains("The first edition."));
}

#[tokio::test]
async fn a_feed_of_more_articles_than_any_limit_was_is_read_over_the_visits_newest_first() {
    const ENTRIES: usize = 1_200;
    let site = Site::of(ENTRIES);
    let world = World::new();
    let first = world.visit("feed", &site.settings(), Memory::default()).await;
    let left = ENTRIES - ARTICLES_A_VISIT;
    assert!(
        matches!(first.visit.outcome, Outcome::Read { posts: ENTRIES, to_come, .. } if to_come == left),
        "{:?}",
        first.visit.outcome
    );
    assert_eq!((first.memory.unread.len(), first.memory.teasers.len()), (left, ENTRIES));
    site.change(|state| {
        for (title, _) in &mut state.entries {
            title.push_str(", corrected");
        }
    });
    let second = world.visit("feed", &site.settings(), first.memory).await;
    let kept = world.kept.lock().unwrap().clone();
    assert!(kept.values().all(|said| said.title.as_deref().unwrap().ends_with("corrected")));
    let is_read = |n: &usize| kept[&format!("id-{n}")].text.contains("The first edition.");
    assert_eq!((0..ENTRIES).filter(is_read).count(), 2 * ARTICLES_A_VISIT);
    assert_eq!(second.memory.unread.len(), ENTRIES - 2 * ARTICLES_A_VISIT + ARTICLES_A_VISIT);
    // The last entry is in a long row, not forgotten.
    let last = second.memory.unread.iter().filter(|unread| unread.mark == mark("id-1199"));
    assert_eq!(last.count(), 1);
}

#[tokio::test]
async fn a_feed_that_breaks_off_forgets_nothing_of_what_lies_behind() {
    let site = Site::of(30);
    let world = World::new();
    let first = world.visit("feed", &site.settings(), Memory::default()).await;
    assert_eq!((first.memory.unread.len(), first.memory.teasers.len()), (10, 30));
    site.change(|state| state.breaks_after = Some(5));
    let second = world.visit("feed", &site.settings(), first.memory).await;
    assert_eq!((second.memory.unread.len(), second.memory.teasers.len()), (10, 30));
    site.change(|state| state.breaks_after = None);
    let third = world.visit("feed", &site.settings(), second.memory).await;
    assert!(third.memory.unread.is_empty());
    assert!(world.text("id-29").contains("The first edition."));
}

#[tokio::test]
async fn f14_another_author_is_an_update_without_a_request_and_another_link_asks_for_its_article() {
    let site = Site::of(2);
    let world = World::new();
    let first = world.visit("feed", &site.settings(), Memory::default()).await;
    let asked = site.server.paths().len();
    site.change(|state| {
        state.more = "<author>ada@a.example (Ada)</author><category>racks</category>";
    });
    let second = world.visit("feed", &site.settings(), first.memory).await;
    let said = world.kept.lock().unwrap()["id-0"].clone();
    assert_eq!(
        (second.posts.len(), site.server.paths().len() - asked),
        (2, 1),
        "{:?}",
        site.server.paths()
    );
    assert!(said.author.is_some() && said.tags == ["racks"]);
    assert!(said.text.contains("The first edition."));

    site.change(|state| (state.folder, state.says) = ("moved", Some("The second edition.")));
    world.visit("feed", &site.settings(), second.memory).await;
    let said = world.kept.lock().unwrap()["id-0"].clone();
    assert!(said.url.unwrap().ends_with("/moved/0"));
    assert!(said.text.contains("The second edition."));
}

#[tokio::test]
async fn articles_that_are_new_go_before_those_of_edited_teasers() {
    let site = Site::of(ARTICLES_A_VISIT);
    let world = World::new();
    let first = world.visit("feed", &site.settings(), Memory::default()).await;
    let news = AtomicUsize::new(ARTICLES_A_VISIT);
    site.change(|state| {
        for (_, teaser) in &mut state.entries {
            teaser.push_str(" corrected");
        }
        state.entries.resize_with(ARTICLES_A_VISIT + 5, || {
            let n = news.fetch_add(1, Ordering::SeqCst);
            (format!("Post {n}"), "New…".into())
        });
        state.says = Some("The second edition.");
    });
    let second = world.visit("feed", &site.settings(), first.memory).await;
    let is_second = |n: usize| world.text(&format!("id-{n}")).contains("The second edition.");
    assert!((ARTICLES_A_VISIT..ARTICLES_A_VISIT + 5).all(is_second));
    assert_eq!((0..ARTICLES_A_VISIT).filter(|n| is_second(*n)).count(), ARTICLES_A_VISIT - 5);
    assert_eq!(second.memory.unread.len(), 5, "the rest is owed");
    let third = world.visit("feed", &site.settings(), second.memory).await;
    assert!((0..ARTICLES_A_VISIT).all(is_second));
    assert!(third.memory.unread.is_empty());
}

#[tokio::test]
async fn two_entries_that_lead_to_one_page_are_two_posts() {
    let server = Server::start(|asked| match asked.path() {
        "/robots.txt" => answer("404 Not Found", &[], b""),
        "/feed" => ok(
            &[],
            "<rss version='2.0'><channel><title>T</title>\
            <item><guid isPermaLink='false'>a</guid><link>/news</link><title>A</title><description>One.</description></item>\
            <item><guid isPermaLink='false'>b</guid><link>/news</link><title>B</title><description>Two.</description></item></channel></rss>",
        ),
        _ => article(&State { says: Some("All of it."), ..State::default() }),
    });
    let world = World::new();
    let settings = format!("url = {:?}\nfull_text = true", server.url("/feed"));
    let visited = world.visit("feed", &settings, Memory::default()).await;
    assert!(world.text("a").contains("All of it."));
    assert_eq!((&*world.text("b"), visited.memory.unread.len()), ("Two.", 0));
}
