//! News of accounts.

use std::collections::BTreeSet;

use jiff::ToSpan as _;
use overheard::digest::{AccountNews, Proven, Unsaid, refuse_unsaid, window};
use overheard::post::PostId;
use overheard::reader::Reader;
use overheard::source::Voice;
use overheard::verdict::SentimentLabel;
use overheard::views::{self, Links};

use super::evidence::every_number_can_be_recounted;
use super::market::{Market, TODAY, busy, mara};

#[test]
fn accounts_come_with_their_signals_first() {
    let digest = busy().digest();
    assert_eq!(digest.accounts[0].account, "Halden Freight");
    assert_eq!(digest.accounts[0].signals, ["funding"]);
    assert!(digest.accounts[0].sentence.text.starts_with("Halden Freight has raised"));
    assert_eq!(digest.accounts[1].account, "Quillon Bank");
    let [detail] = digest.accounts[0].details.as_slice() else { panic!("{digest:?}") };
    let said: Vec<&str> = detail.said.iter().map(|sentence| sentence.text.as_str()).collect();
    assert_eq!(
        (detail.signal.as_str(), said.as_slice()),
        ("funding", ["60 million dollars", "Norrsken Bridge"].as_slice())
    );
}

#[test]
fn details_are_those_of_the_post_that_is_quoted_and_nothing_twice() {
    let mut market = busy();
    market.source("echo", Voice::Blog);
    market
        .say(
            "echo",
            1,
            9,
            "Halden Freight has raised 60 million dollars in a Series B; the Series B was led by Norrsken \
             Bridge, and 60 million dollars is what Halden Freight wanted.",
        )
        .naming("Halden Freight", "Halden Freight")
        .about("funding");
    let digest = market.digest();
    for news in &digest.accounts {
        for detail in &news.details {
            let mut said: Vec<&str> = detail.said.iter().map(|words| words.text.as_str()).collect();
            let all = said.len();
            said.sort_unstable();
            said.dedup();
            assert_eq!(said.len(), all, "{detail:?}");
        }
    }
    let halden = &digest.accounts[0];
    assert_eq!(halden.account, "Halden Freight");
    for words in &halden.details[0].said {
        assert_eq!(words.post, halden.sentence.post, "{halden:?}");
    }
}

#[test]
fn a_story_that_names_two_accounts_is_told_of_the_one_it_is_about() {
    let mut market = busy();
    market.source("wire", Voice::Press);
    market
        .say("wire", 1, 9, "Quillon Bank raises $42 million in a Series B led by Halden Freight.")
        .naming("Halden Freight", "Halden Freight")
        .naming("Quillon Bank", "Quillon Bank")
        .about("funding");
    let digest = market.digest();
    let told = |name: &str| {
        digest
            .accounts
            .iter()
            .any(|news| news.account == name && news.sentence.text.contains("$42"))
    };
    assert!(told("Quillon Bank") && !told("Halden Freight"), "{:?}", digest.accounts);
}

#[test]
fn a_detail_of_a_signal_that_nobody_said_is_refused() {
    let market = busy();
    let mut digest = market.digest();
    assert!(refuse_unsaid(&digest, |id| market.post(id)).is_ok());
    digest.accounts[0].details[0].said[0].text = "$40 million".to_owned();
    assert!(matches!(
        refuse_unsaid(&digest, |id| market.post(id)),
        Err(Unsaid::NotThere { text, .. }) if text == "$40 million"
    ));
}

#[test]
fn news_of_an_account_counts_what_is_felt_towards_it_and_not_in_general() {
    let mut market = busy();
    for (name, text) in [
        (
            "fans",
            "We are glad that we left the Quillon Bank mobile app for one in which payments work.",
        ),
        (
            "friends",
            "Leaving the Quillon Bank mobile app was a pleasure for all 12 of us at the office.",
        ),
        (
            "guests",
            "Since we dropped the Quillon Bank mobile app our payments arrive within 2 seconds.",
        ),
    ] {
        market.source(name, Voice::Blog);
        market.say(name, 34, 40, "A quiet week with little to tell from our corner of the world.");
        market
            .say(name, 1, 9, text)
            .naming("Quillon Bank", "Quillon Bank")
            .towards(SentimentLabel::Negative)
            .feeling(SentimentLabel::Positive);
    }
    let digest = market.digest();
    let of_fans =
        |news: &&AccountNews| news.owners.iter().any(|owner| owner.as_str() == "fans.example");
    let news = digest.accounts.iter().find(of_fans).unwrap();
    assert_eq!((news.positive, news.negative), (0, 3), "{news:#?}");
}

#[test]
fn account_news_is_told_in_a_sentence_that_says_something() {
    let mut market = busy();
    market.source("halden", Voice::Vendor);
    market
        .say(
            "halden",
            3,
            2,
            "Today Halden Freight announces its 60 million dollar round, with joy.",
        )
        .about("funding")
        .naming("Halden Freight", "Halden Freight")
        .titled("We raised it");
    let press = |market: &Market| market.digest().accounts[0].sentence.text.clone();
    assert!(
        press(&market).starts_with("Halden Freight has raised 60 million"),
        "{}",
        press(&market)
    );
    market.posts.retain(|p| {
        p.post.source.as_str() != "harborpost" || p.post.when() < window(&mara(), TODAY).from
    });
    assert!(press(&market).starts_with("Today Halden Freight announces"), "{}", press(&market));
}

#[test]
fn news_of_an_account_shows_the_contrary_voice_beside_the_others() {
    let mut market = busy();
    for (name, feeling, text) in [
        (
            "fans",
            SentimentLabel::Positive,
            "The Quillon Bank mobile app has become a pleasure to use in every branch we visited.",
        ),
        (
            "friends",
            SentimentLabel::Positive,
            "We are glad that the Quillon Bank mobile app now answers within 2 seconds.",
        ),
        (
            "critic",
            SentimentLabel::Negative,
            "The Quillon Bank mobile app is not usable at all and lost our payments twice.",
        ),
    ] {
        market.source(name, Voice::Blog);
        market.say(name, 34, 40, "A quiet week with little to tell from our corner of the world.");
        market.say(name, 1, 9, text).naming("Quillon Bank", "Quillon Bank").feeling(feeling);
    }
    let digest = market.digest();
    let news = digest.accounts.iter().find(|news| news.owners.len() == 2).unwrap();
    assert_eq!((news.positive, news.negative), (2, 1), "{news:#?}");
    let against: Vec<_> = news.dissenting.iter().map(overheard::source::Owner::as_str).collect();
    assert_eq!(against, ["critic.example"]);
    assert!(news.dissent.as_ref().unwrap().text.contains("not usable at all"), "{news:#?}");
    every_number_can_be_recounted(&market, &digest);

    let proven = Proven::of(digest, |id| market.post(id)).unwrap();
    let text = overheard::views::text(&proven, &overheard::views::Links::none());
    for view in [
        text,
        overheard::views::markdown(&proven, &overheard::views::Links::none()),
        overheard::views::html(&proven, &overheard::views::Links::none()).unwrap(),
    ] {
        for expected in ["2 speak well of it, 1 badly", "Not everyone agrees", "usable at all"] {
            assert!(view.contains(expected), "{expected} is missing in:\n{view}");
        }
    }
}

#[test]
fn news_that_nobody_contradicts_counts_no_sides() {
    let digest = busy().digest();
    for news in &digest.accounts {
        assert!(news.dissent.is_none() && news.dissenting.is_empty(), "{news:#?}");
    }
}

#[test]
fn a_signal_that_one_story_of_many_shows_is_told_without_the_others() {
    let told = |funded: usize| {
        let mut market = Market::silent();
        let told = [
            "Halden Freight moves its yard from the old harbour to the new pier this winter.",
            "Dockers say the pier of Halden Freight floods whenever the wind turns west.",
            "Whoever looks for a berth finds the one that Halden Freight has left behind.",
            "A crane with a view: how the drivers of Halden Freight spend their breaks.",
        ];
        for (at, text) in told.into_iter().enumerate() {
            let name = format!("paper-{at}");
            market.source(&name, Voice::Press);
            let said = market.say(&name, 2, 0, text).naming("Halden Freight", "Halden Freight");
            if at < funded {
                said.about("funding");
            }
        }
        let digest = market.digest();
        let told = digest.accounts.iter().map(|news| (news.signals.len(), news.stories.len()));
        told.collect::<Vec<_>>()
    };
    assert_eq!(told(1), [(1, 1), (0, 3)]);
    assert_eq!(told(2), [(1, 4)]);
}

#[test]
fn a_post_said_to_be_of_another_company_is_no_news_of_the_account() {
    let mut market = busy();
    let before = market.digest();
    let wrong = before.accounts[0].clone();
    market.useful.wrong = [(wrong.account.clone(), wrong.sentence.post)].into();
    let after = market.digest();
    assert!(after.accounts.iter().all(|news| news.sentence.post != wrong.sentence.post));
    assert_eq!(after.accounts.len() + 1, before.accounts.len(), "nothing else is moved");
}

#[test]
fn a_signal_of_an_account_is_news_of_its_own_unless_it_is_told_with_another() {
    let told = |both: bool| {
        let mut market = Market::silent();
        for (name, signal, text) in [
            ("ledger", "funding", "Halden Freight has raised 60 million dollars, its ledger says."),
            (
                "harbour",
                "outage",
                "The gates of Halden Freight stood open all night, for its system was down.",
            ),
            ("pier", "", "Halden Freight is the talk of the pier again, and not for its ropes."),
        ] {
            market.source(name, Voice::Press);
            let said = market.say(name, 2, 0, text).naming("Halden Freight", "Halden Freight");
            // Near enough for one claim, for it is of one company.
            said.embedding.0.iter_mut().filter(|v| **v > 0.0).for_each(|v| *v = 0.5_f32.sqrt());
            if !signal.is_empty() {
                said.about(signal);
            }
            if both && !signal.is_empty() {
                said.about(if signal == "funding" { "outage" } else { "funding" });
            }
        }
        let digest = market.digest();
        let mut voices: Vec<usize> = digest.accounts.iter().map(|news| news.owners.len()).collect();
        voices.sort_unstable();
        voices
    };
    assert_eq!(told(false), [1, 1, 1], "who shows no signal speaks of something else");
    assert_eq!(told(true), [1, 2]);
}

#[test]
fn what_is_read_under_an_account_is_not_quoted_again_below() {
    let mut market = Market::silent();
    for (name, text) in [
        ("north", "The price of storage at Stratos went up by a third at the turn of the year."),
        ("south", "At our place the price of storage at Stratos went up by a third in the spring."),
        (
            "east",
            "Storage at Stratos got a third dearer for our archive, and nobody had warned us of it.",
        ),
        ("inland", "Our invoices for storage at Stratos show a third more since the spring came."),
        ("west", "We pay a third more for storage at Stratos than in the autumn, to the cent."),
    ] {
        market.source(name, Voice::Customer);
        market.say(name, 34, 40, "A quiet week with little to tell from our corner of the world.");
        let said = market.say(name, 2, 0, text).about("cloud cost");
        if name == "west" {
            said.naming("Halden Freight", "Stratos");
        }
    }
    let quotes = |reader| {
        let digest = market.digest_for(&reader, TODAY, &[]);
        let [point] = digest.blocks[0].points.as_slice() else { panic!("{digest:?}") };
        let read = digest.accounts.iter().map(|news| news.sentence.clone()).collect::<Vec<_>>();
        (point.quotes.clone(), read)
    };
    let (all, none) = quotes(Reader { accounts: vec![], ..mara() });
    let (below, above) = quotes(mara());
    assert_eq!((all.len(), none.len(), below.len(), above.len()), (2, 0, 2, 1));
    assert!(all.contains(&above[0]), "it would be quoted: {all:?}");
    assert!(!below.contains(&above[0]), "{below:?}");
}

/// Two papers say the same of Halden Freight.
fn moving_archives() -> Market {
    let mut market = Market::silent();
    for (name, text) in [
        (
            "north",
            "Halden Freight moves its archive, for storage went up by a third at the turn of the year.",
        ),
        (
            "south",
            "The archive of Halden Freight leaves its store: the price rose by a third in the winter.",
        ),
    ] {
        market.source(name, Voice::Press);
        market.say(name, 34, 40, "A quiet week with little to tell from our corner of the world.");
        market.say(name, 2, 0, text).about("cloud cost").naming("Halden Freight", "Halden Freight");
    }
    market
}

#[test]
fn what_says_no_more_than_the_news_of_an_account_is_no_point() {
    let market = moving_archives();
    let stranger = market.digest_for(&Reader { accounts: vec![], ..mara() }, TODAY, &[]);
    let claim = &super::point(&stranger, "cloud cost").claim;
    let digest = market.digest();
    let [news] = digest.accounts.as_slice() else { panic!("{digest:?}") };
    assert_eq!(&news.sentence, claim, "it is read there word for word");
    assert!(digest.blocks.is_empty(), "{:?}", digest.blocks);
    assert_eq!(news.covers.as_ref().unwrap().topic, "cloud cost");

    let page = views::text(&Proven::claimed(digest.clone()), &Links::none());
    let asked = "Ask: What share of your bill is leaving data?";
    assert_eq!(page.matches(asked).count(), 1, "the question goes with the news: {page}");
    assert!(page.contains("Offer: A field guide to cloud cost"));

    let later = TODAY.saturating_add(1.days());
    let next = market.digest_for(&mara(), later, &digest.told());
    assert!(next.blocks.is_empty() && next.accounts.is_empty(), "{next:?}");
}

#[test]
fn a_point_with_a_voice_that_the_news_of_an_account_has_not_is_told() {
    let says_more = |text: &str| {
        let mut market = moving_archives();
        market.source("west", Voice::Customer);
        market.say("west", 34, 40, "Nothing to report from the west but the weather.");
        market.say("west", 2, 0, text).about("cloud cost");
        market
    };
    let market = says_more("We too pay a third more to store our archive than in autumn.");
    let digest = market.digest();
    let point = super::point(&digest, "cloud cost");
    let [news] = digest.accounts.as_slice() else { panic!("{digest:?}") };
    assert_eq!((point.evidence.owners.len(), news.owners.len()), (3, 2));
    assert!(news.covers.is_none());
    let told: BTreeSet<PostId> = digest.told().into_iter().map(|told| told.post).collect();
    let shown: BTreeSet<PostId> = point.evidence.stories.iter().flatten().copied().collect();
    assert_eq!(told, shown, "what is shown is remembered, and nothing else");

    let market = says_more("It is not true that storing our archive costs a third more now.");
    let digest = market.digest();
    let point = super::point(&digest, "cloud cost");
    assert_eq!(point.evidence.dissenting.len(), 1, "who says otherwise is heard: {point:?}");
}

#[test]
fn the_question_of_a_point_is_not_asked_under_an_account_too() {
    let digest = busy().digest();
    let page = views::text(&Proven::claimed(digest.clone()), &Links::none());
    let asked = page.matches("Ask: What share of your bill is leaving data?").count();
    assert_eq!(asked, 1, "{page}");
}
