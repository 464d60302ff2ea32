//! Mastodon and servers that speak its API (GoToSocial, Pleroma, Akkoma, Pixelfed): the public
//! timeline of a tag or of an account, <https://docs.joinmastodon.org/methods/timelines/>.

mod status;

use serde_json::Value;
use toml::Table;
use url::Url;

use super::json::{self, Fields};
use super::options::{Options, bad};
use super::{
    About, Adapter, BadSetting, Follow, Page, Request, Response, Skipped, Step, Unreadable,
};

const EXPECTED: &str = "a Mastodon timeline";
const ACCEPT: &str = "application/json";

/// The most statuses a server gives in one answer, by its documentation.
const STATUSES_A_PAGE: &str = "40";

/// Opens a source with `server` and one of `tag` or `account` (`@ada`, `@ada@other.example`, or an
/// id on that server).
///
/// # Errors
/// [`BadSetting`] for what it cannot use.
pub(super) fn open(settings: Table) -> Result<Box<dyn Adapter>, BadSetting> {
    let mut options = Options::of(settings);
    let server = options
        .server("server")?
        .ok_or_else(|| bad("server", "missing; write the server, like https://example.social"))?;
    let tag = options.text("tag")?;
    let account = options.text("account")?;
    options.none_left("server, and tag or account")?;
    let listens = match (tag, account) {
        (Some(tag), None) => Listens::Tag(tag_name(&tag)?),
        (None, Some(account)) => account_of(&account, &server)?,
        (Some(_), Some(_)) => return Err(bad("tag", "give tag or account, not both")),
        (None, None) => return Err(bad("tag", "missing; give a tag, or an account")),
    };
    Ok(Box::new(Mastodon { server, listens }))
}

struct Mastodon {
    server: Url,
    listens: Listens,
}

enum Listens {
    /// To a tag, named without its `#`.
    Tag(String),
    /// To the account with this id on the server.
    Account(String),
    /// To the account of this name, whose id the server has to tell first.
    Named(String),
}

fn tag_name(tag: &str) -> Result<String, BadSetting> {
    let name = tag.strip_prefix('#').unwrap_or(tag);
    if !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '·')) {
        Ok(name.to_owned())
    } else {
        Err(bad("tag", format!("{tag:?} is not a tag: letters, digits and _ only, no spaces")))
    }
}

fn account_of(account: &str, server: &Url) -> Result<Listens, BadSetting> {
    if account.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(Listens::Account(account.to_owned()));
    }
    let name = account.strip_prefix('@').unwrap_or(account);
    let (user, host) = name.split_once('@').map_or((name, None), |(user, host)| (user, Some(host)));
    let fits = |part: &str| {
        !part.is_empty()
            && part.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'))
    };
    if !fits(user) || !host.is_none_or(|host| fits(host.split(':').next().unwrap_or_default())) {
        return Err(bad("account", format!("{account:?} is not like @ada or @ada@example.social")));
    }
    match host {
        Some(host) if !host.eq_ignore_ascii_case(&status::host(server)) => {
            Ok(Listens::Named(format!("{user}@{host}")))
        }
        _ => Ok(Listens::Named(user.to_owned())),
    }
}

impl Adapter for Mastodon {
    fn start(&self) -> Request {
        match &self.listens {
            Listens::Tag(tag) => self.timeline(&["timelines", "tag", tag]),
            Listens::Account(id) => self.timeline(&["accounts", id, "statuses"]),
            Listens::Named(name) => {
                let mut url = self.method(&["accounts", "lookup"]);
                url.query_pairs_mut().append_pair("acct", name);
                Request { url, step: Step::Listing, accept: ACCEPT }
            }
        }
    }

    /// A status's key is its `uri`: the name it has on every server, so that a source may move to
    /// another server without hearing everything anew.
    fn read(&self, response: &Response<'_>) -> Result<Page, Unreadable> {
        let body = json::parse(response.body, EXPECTED)?;
        if matches!(self.listens, Listens::Named(_)) && is_account(Fields(&body)) {
            return Ok(self.looked_up(Fields(&body)));
        }
        let statuses = statuses_in(&body).map_err(not_this)?;
        let mut page = Page { about: self.about(), ..Page::default() };
        for (index, value) in statuses.iter().enumerate() {
            match status::read(Fields(value), response.url) {
                Ok(said) => page.posts.push(said),
                Err(why) => page.skipped.push(Skipped {
                    place: Fields(value)
                        .id("id")
                        .unwrap_or_else(|| format!("status {}", index + 1)),
                    why: why.to_owned(),
                }),
            }
        }
        let oldest = statuses.last().and_then(|value| status::key(Fields(value)));
        if let (Some(url), Some(oldest)) = (next_page(response), oldest) {
            let request = Request { url, step: Step::Listing, accept: ACCEPT };
            // Newest first: once a page ends with a known status, all after it are known.
            page.follow.push(Follow { request, unless_known: Some(oldest), listed: None });
        }
        Ok(page)
    }
}

impl Mastodon {
    fn timeline(&self, path: &[&str]) -> Request {
        let mut url = self.method(path);
        url.query_pairs_mut().append_pair("limit", STATUSES_A_PAGE);
        Request { url, step: Step::Listing, accept: ACCEPT }
    }

    fn method(&self, path: &[&str]) -> Url {
        let mut url = self.server.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.clear().extend(["api", "v1"]).extend(path);
        }
        url
    }

    /// The account object counts its statuses, so the very same answer as last time means that
    /// nothing was added, and the visit may end there.
    fn looked_up(&self, account: Fields<'_>) -> Page {
        let timeline = |id: String| self.timeline(&["accounts", &id, "statuses"]);
        let follow = account
            .id("id")
            .map(|id| Follow { request: timeline(id), unless_known: None, listed: None })
            .into_iter()
            .collect();
        Page { about: self.about(), follow, ..Page::default() }
    }

    fn about(&self) -> About {
        let host = status::host(&self.server);
        let (title, path) = match &self.listens {
            Listens::Tag(tag) => (format!("#{tag} on {host}"), format!("tags/{tag}")),
            Listens::Named(name) => (format!("@{name} on {host}"), format!("@{name}")),
            Listens::Account(id) => (format!("account {id} on {host}"), String::new()),
        };
        let link = self.server.join(&path).ok().map(String::from);
        About { title: Some(title), link, ..About::default() }
    }
}

fn not_this(why: String) -> Unreadable {
    Unreadable::NotThis { expected: EXPECTED, why }
}

/// The statuses of any answer that carries some: a timeline, one status, a search, a status's
/// context, or notifications, grouped or not.
fn statuses_in(body: &Value) -> Result<Vec<&Value>, String> {
    let fields = Fields(body);
    if let Value::Array(members) = body {
        return Ok(members.iter().filter_map(status_in).collect());
    }
    if is_status(fields) {
        return Ok(vec![body]);
    }
    if body["statuses"].is_array() {
        return Ok(fields.list("statuses").iter().collect());
    }
    if body["ancestors"].is_array() || body["descendants"].is_array() {
        return Ok(fields.list("ancestors").iter().chain(fields.list("descendants")).collect());
    }
    Err(complaint(body))
}

fn status_in(member: &Value) -> Option<&Value> {
    let fields = Fields(member);
    // A notification carries the status it is about, or, as for a new follower, none.
    if is_status(fields) || !(fields.has("type") && fields.has("account")) {
        return Some(member);
    }
    member.get("status").filter(|status| status.is_object())
}

/// An account by itself: the answer to a look-up of its name.
fn is_account(fields: Fields<'_>) -> bool {
    fields.has("id") && fields.has("acct") && !fields.has("account")
}

fn is_status(fields: Fields<'_>) -> bool {
    fields.has("account") && (fields.has("content") || fields.has("reblog"))
}

fn complaint(body: &Value) -> String {
    let fields = Fields(body);
    match fields.text("error_description").or_else(|| fields.text("error")) {
        Some(error) => {
            let error: String = error.chars().take(200).collect();
            format!("the server answers {error:?}")
        }
        None => "the answer holds no statuses".to_owned(),
    }
}

/// The `rel="next"` of the Link header (RFC 8288), if it stays on the server that sent it.
fn next_page(response: &Response<'_>) -> Option<Url> {
    response.link?.split('<').skip(1).find_map(|link| {
        let (target, parameters) = link.split_once('>')?;
        let is_next = parameters.split(';').any(|parameter| {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            let value = value.trim().trim_end_matches(',').trim_end().trim_matches('"');
            name.trim().eq_ignore_ascii_case("rel")
                && value.split_ascii_whitespace().any(|rel| rel.eq_ignore_ascii_case("next"))
        });
        let url = response.url.join(target.trim()).ok()?;
        let same_place = url.origin() == response.url.origin() && url != *response.url;
        (is_next && same_place).then_some(url)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(link: &str) -> Option<String> {
        let url = Url::parse("https://a.example/api?limit=40").unwrap();
        let response = Response {
            step: Step::Listing,
            url: &url,
            content_type: None,
            link: Some(link),
            content_language: None,
            body: b"",
        };
        next_page(&response).map(String::from)
    }

    #[test]
    fn the_next_page_is_found_among_other_links() {
        let link = r#"<https://a.example/api?max_id=1,2>; rel="next", <https://a.example/api?min_id=9>; rel="prev""#;
        assert_eq!(next(link).as_deref(), Some("https://a.example/api?max_id=1,2"));
        let turned = r"</api?min_id=9>;rel=prev,</api?max_id=1>; title=x; REL=next";
        assert_eq!(next(turned).as_deref(), Some("https://a.example/api?max_id=1"));
    }

    #[test]
    fn no_link_leads_elsewhere_or_in_a_circle() {
        assert_eq!(next(r#"<https://b.example/api?max_id=1>; rel="next""#), None);
        assert_eq!(next(r#"<http://a.example/api?max_id=1>; rel="next""#), None);
        assert_eq!(next(r#"<https://a.example/api?limit=40>; rel="next""#), None);
        assert_eq!(next(r#"<https://a.example/api?max_id=1; rel="next""#), None);
        assert_eq!(next("next"), None);
    }
}
