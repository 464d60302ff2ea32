//! Whom the reader meets today, and who competes with whom.

use jiff::Timestamp;
use overheard::account::Account;
use overheard::calendar::{Guest, Meeting};
use overheard::digest::{Before, Digest, Met, Proven, ToldBefore, met};
use overheard::source::Voice;
use overheard::views::{self, Links};

use super::market::{Market, TODAY, busy, days_ago, mara};

fn at(hour: i8) -> Timestamp {
    let local = TODAY.at(hour, 0, 0, 0).to_zoned(mara().time_zone).unwrap();
    local.timestamp()
}

fn meeting(hour: i8, summary: &str, guests: &[(&str, &str)]) -> Meeting {
    let guest = |(name, domain): &(&str, &str)| Guest {
        name: (!name.is_empty()).then(|| (*name).to_owned()),
        domain: (*domain).to_owned(),
    };
    Meeting {
        from: at(hour),
        all_day: false,
        summary: summary.to_owned(),
        guests: guests.iter().map(guest).collect(),
    }
}

fn accounts() -> Vec<Account> {
    let mut accounts = busy().accounts;
    accounts[0].domain = Some("halden.example".to_owned());
    accounts[0].aliases = vec!["HF".to_owned()];
    accounts[1].not = vec!["blood".to_owned()];
    accounts
}

/// Whom Mara, of we.example, meets: account and names.
#[track_caller]
fn check(meetings: &[Meeting], expected: &[(&str, &[&str])]) {
    let mut reader = mara();
    reader.email = Some("mara@we.example".to_owned());
    let met = met(&reader, &accounts(), meetings);
    let shown: Vec<(&str, Vec<&str>)> = met
        .iter()
        .map(|met| (met.account.as_str(), met.with.iter().map(String::as_str).collect()))
        .collect();
    let expected: Vec<(&str, Vec<&str>)> =
        expected.iter().map(|(account, with)| (*account, with.to_vec())).collect();
    assert_eq!(shown, expected);
}

#[test]
fn an_account_is_met_by_the_domain_of_a_guest_or_one_below_it() {
    for domain in ["halden.example", "eu.halden.example"] {
        let guests = [("Jo Berg", domain), ("Own Colleague", "we.example")];
        check(&[meeting(10, "Review", &guests)], &[("Halden Freight", &["Jo Berg"])]);
    }
    check(&[meeting(10, "Review", &[("Jo", "nothalden.example")])], &[]);
    check(&[meeting(10, "Review", &[("Jo", "halden.example.evil.example")])], &[]);
}

#[test]
fn an_account_is_met_by_its_name_in_what_the_meeting_is_called() {
    check(&[meeting(10, "Call with halden freight (Q4)", &[])], &[("Halden Freight", &[])]);
    check(&[meeting(10, "HF: renewal", &[])], &[("Halden Freight", &[])]);
    check(&[meeting(10, "hf renewal", &[])], &[]);
    check(&[meeting(10, "Quillon Bank", &[])], &[("Quillon Bank", &[])]);
    check(&[meeting(10, "Blood donation at Quillon Bank", &[])], &[]);
    check(&[meeting(10, "Dentist", &[("", "gmail.com")])], &[]);
}

#[test]
fn neither_a_mailbox_of_everybody_nor_ones_own_company_is_an_account() {
    let mut accounts = accounts();
    accounts[0].domain = Some("gmail.com".to_owned());
    accounts[1].domain = Some("we.example".to_owned());
    let mut reader = mara();
    reader.email = Some("mara@we.example".to_owned());
    let meetings = [
        meeting(9, "Lunch", &[("Friend", "gmail.com")]),
        meeting(10, "Team", &[("Colleague", "we.example"), ("Other", "uk.we.example")]),
        meeting(11, "Quillon Bank, internal", &[]),
    ];
    assert_eq!(met(&reader, &accounts, &meetings), []);
}

fn met_halden(hour: i8) -> Met {
    Met {
        from: at(hour),
        all_day: false,
        account: "Halden Freight".to_owned(),
        with: vec!["Jo Berg".to_owned()],
        before: None,
    }
}

fn views_of(market: &Market, digest: &Digest) -> [String; 6] {
    let proven = Proven::of(digest.clone(), |id| market.post(id)).unwrap();
    let links = Links::none();
    [
        views::text(&proven, &links),
        views::markdown(&proven, &links),
        views::html(&proven, &links).unwrap(),
        views::print(&proven).unwrap(),
        in_order(&views::slack(&proven)["blocks"]),
        in_order(&views::teams(&proven)["attachments"][0]["content"]["body"]),
    ]
}

/// The views that have room for all of it: a page of paper leaves out the end.
fn unbounded(market: &Market, digest: &Digest) -> impl Iterator<Item = String> {
    views_of(market, digest).into_iter().filter(|view| !view.contains("size: A4"))
}

/// The words of a message of a chat, as they are shown.
fn in_order(shown: &serde_json::Value) -> String {
    match shown {
        serde_json::Value::String(text) => text.clone(),
        serde_json::Value::Array(parts) => parts.iter().map(in_order).collect(),
        serde_json::Value::Object(_) => {
            ["text", "inlines", "elements"].map(|part| in_order(&shown[part])).concat()
        }
        _ => String::new(),
    }
}

#[test]
fn whom_they_meet_today_comes_before_all_else_with_what_is_new_of_them() {
    let mut market = busy();
    market.met = vec![
        Met { account: "Quillon Bank".to_owned(), ..met_halden(10) },
        Met { all_day: true, with: vec![], ..met_halden(14) },
    ];
    let digest = market.digest();
    assert_eq!(digest.accounts[0].account, "Quillon Bank");
    for view in views_of(&market, &digest) {
        let place =
            |what: &str| view.find(what).unwrap_or_else(|| panic!("{what} is not in:\n{view}"));
        assert!(place("10:00 Quillon Bank") < place("every Sunday night"), "{view}");
        assert!(place("every Sunday night") < place("All day Halden Freight"), "{view}");
        assert!(place("All day Halden Freight") < place("has raised 60 million"), "{view}");
        assert_eq!(view.matches("every Sunday night").count(), 1);
        assert!(!view.contains("Your accounts</h2>") && !view.contains("YOUR ACCOUNTS\n"));
    }
}

#[test]
fn what_a_reader_taps_on_is_what_stands_above_it_whoever_they_meet_today() {
    let mut market = busy();
    market.met = vec![Met { account: "Quillon Bank".to_owned(), ..met_halden(10) }];
    let digest = market.digest();
    let links = Links::at("https://overheard.example", [9; 32]);
    let proven = Proven::of(digest.clone(), |id| market.post(id)).unwrap();
    let views = [
        views::text(&proven, &links).split_whitespace().collect::<Vec<_>>().join(" "),
        views::markdown(&proven, &links),
        views::html(&proven, &links).unwrap(),
    ];
    assert!(digest.accounts.len() > 1 && digest.pointed().count() > digest.accounts.len());
    for view in views {
        // The link of each follows its words, and no other link stands between them.
        let mut linked: Vec<(usize, String)> = digest
            .pointed()
            .map(|(point, it)| {
                let page = links.point(&digest, point).unwrap();
                let at = view.find(&page).unwrap_or_else(|| panic!("no link of {it:?} in {view}"));
                (at, words_of(&it.words().text))
            })
            .collect();
        linked.sort();
        let mut before = 0;
        for (at, said) in linked {
            let between = &view[before..at];
            assert!(between.contains(&said), "{said} is not in {between}");
            before = at;
        }
    }
}

/// A few words of a passage that no view writes otherwise.
fn words_of(said: &str) -> String {
    let plain = |word: &&str| word.chars().all(char::is_alphanumeric);
    let words: Vec<&str> =
        said.split(' ').skip_while(|word| !plain(word)).take_while(plain).collect();
    words.join(" ")
}

#[test]
fn an_account_of_a_colleague_is_told_of_where_it_is_met() {
    let mut market = busy();
    let mut theo = mara();
    theo.accounts.clear();
    assert!(market.digest_for(&theo, TODAY, &[]).accounts.is_empty());
    market.met = vec![met_halden(10)];
    let digest = market.digest_for(&theo, TODAY, &[]);
    assert_eq!(digest.accounts[0].account, "Halden Freight");
}

#[test]
fn where_nothing_is_new_of_whom_they_meet_the_last_they_were_told_stands_there() {
    let mut market = busy();
    let first = market.digest();
    let news = first.accounts.iter().find(|news| news.account == "Halden Freight").unwrap();
    market.told_before = vec![ToldBefore {
        account: news.account.clone(),
        date: TODAY,
        sentence: news.sentence.clone(),
        citation: first.citation(news.sentence.post).unwrap().clone(),
    }];
    market.met = vec![met_halden(10)];
    let digest = market.digest_for(&mara(), TODAY.tomorrow().unwrap(), &first.told());
    let expected = Before { date: TODAY, sentence: news.sentence.clone() };
    assert_eq!(digest.today[0].before, Some(expected));
    for view in views_of(&market, &digest) {
        assert!(view.contains("Nothing new since Friday 20 November"), "{view}");
        assert!(view.contains("has raised 60 million"), "{view}");
    }
    let erased = [news.sentence.post].into();
    let without = digest.without(&erased).unwrap();
    let proven = Proven::claimed(without);
    assert!(!views::text(&proven, &overheard::views::Links::none()).contains("60 million"));

    market.told_before.clear();
    let digest = market.digest_for(&mara(), TODAY.tomorrow().unwrap(), &first.told());
    for view in views_of(&market, &digest) {
        assert!(view.contains("Nothing was heard of them lately"), "{view}");
    }
}

#[test]
fn those_who_compete_with_an_account_have_a_line_each_and_only_where_they_were_heard() {
    let mut market = busy();
    market.accounts[0].competitors =
        ["Corvid Haulage", "Silent Lines", "Quillon Bank", "Ox"].map(str::to_owned).into();
    market.source("wire", Voice::Press);
    let text = "Corvid Haulage opens two depots in the north, its director said on Tuesday.";
    market.say("wire", 1, 9, text);
    let text =
        "Nothing to tell this week, said somebody from Oxford, and Corvid Haulages went home.";
    market.say("dailyrack", 1, 10, text);
    let digest = market.digest();
    let [line] = digest.competitors.as_slice() else { panic!("{:#?}", digest.competitors) };
    assert_eq!((line.competitor.as_str(), line.owners.len()), ("Corvid Haulage", 1));
    assert_eq!(line.of, ["Halden Freight"]);
    for view in unbounded(&market, &digest) {
        assert!(view.contains("opens two depots") && view.contains("competes with Halden Freight"));
    }
    let tomorrow = TODAY.tomorrow().unwrap();
    let again = market.digest_for(&mara(), tomorrow, &digest.told());
    assert!(again.competitors.is_empty(), "{:#?}", again.competitors);
    // Something else of the same competitor is news by itself, by whoever; what is known is not told with it.
    for source in ["wire", "oakline"] {
        let mut market = market.clone();
        let sold = "Corvid Haulage was sold to an investor for two billion, both sides said.";
        market.say(source, -1, 11, sold);
        let next = market.digest_for(&mara(), tomorrow, &digest.told());
        let [line] = next.competitors.as_slice() else { panic!("{:#?}", next.competitors) };
        assert_eq!((line.sentence.text.as_str(), line.owners.len()), (sold, 1), "{source}");
        assert_eq!((line.stories.len(), line.moved.as_ref()), (1, None));
    }
    // One more who says the same moves it, and that is said.
    let more = "Corvid Haulage is about to open its two depots in the north, drivers say.";
    market.say("oakline", -1, 9, more);
    let next = market.digest_for(&mara(), tomorrow, &digest.told());
    assert!(next.competitors[0].moved.as_ref().is_some_and(|how| how.starts_with("1 more voice")));
    for view in unbounded(&market, &next) {
        assert!(view.contains("since you last heard: 1 more voice"), "{view}");
    }
}

#[test]
fn accounts_with_news_for_which_there_is_no_room_are_named() {
    let mut market = busy();
    let mut reader = mara();
    for n in 0..12 {
        let name = format!("Firm Number{n}");
        let mut account = market.accounts[0].clone();
        account.name.clone_from(&name);
        market.accounts.push(account);
        reader.accounts.push(name.clone());
        let text = format!("{name} moves into a new building in town {n}, its landlord told us.");
        market.say("dailyrack", 1, 20 + n, &text).naming(&name, &name);
    }
    let digest = market.digest_for(&reader, TODAY, &[]);
    assert_eq!((digest.accounts.len(), digest.more_accounts.len()), (8, 6));
    let shown: Vec<&str> = digest.accounts.iter().map(|news| news.account.as_str()).collect();
    assert!(digest.more_accounts.iter().all(|name| !shown.contains(&name.as_str())));
    for view in unbounded(&market, &digest) {
        assert!(view.contains("6 more accounts have news:"), "{view}");
    }
    assert!(days_ago(1) < digest.window.until);
}
