//! One request → one response.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::header::{
    ALLOW, CACHE_CONTROL, CONTENT_TYPE, ETAG, HOST, IF_MODIFIED_SINCE, IF_NONE_MATCH,
    LAST_MODIFIED, LINK, RETRY_AFTER,
};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use jiff::fmt::rfc2822;
use sha2::{Digest as _, Sha256};
use tokio::sync::watch;
use url::Url;

use super::{Manner, Served, closed};

/// The moment every file was last changed: on the sample market's morning, before it is read.
const CHANGED: &str = "Fri, 20 Nov 2026 06:55:00 GMT";

/// What a client may keep an answer for: the shortest interval at which a good guest asks again.
const FRESH: &str = "max-age=900";

/// Query keys that ask for a further page of a list. Page `max_id=7` of `/tag.json` is the file
/// `/tag@max_id=7.json`; a first page has no such key.
const PAGING: [&str; 2] = ["max_id", "page"];

/// One virtual host.
#[derive(Debug, Default)]
pub(super) struct Site {
    files: BTreeMap<String, File>,
    /// How it behaves.
    pub(super) manner: Manner,
}

#[derive(Debug)]
struct File {
    content_type: HeaderValue,
    etag: String,
    body: Bytes,
}

impl Site {
    /// Adds a file, in place of an earlier one at the same path.
    pub(super) fn put(&mut self, file: Served) {
        let content_type = HeaderValue::from_str(&file.content_type)
            .unwrap_or(HeaderValue::from_static("application/octet-stream"));
        let hash = Sha256::digest(&file.body);
        let hex = hash.iter().take(8).fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"));
        let file_kept = File { content_type, etag: format!("\"{hex}\""), body: file.body };
        self.files.insert(file.path, file_kept);
    }

    /// The file at `path`: itself, the index of the folder, or the JSON an API gives there.
    fn file(&self, path: &str, query: &[(String, String)]) -> Option<&File> {
        if let Some((key, value)) = further_page(query) {
            return self.files.get(&format!("{path}@{key}={value}.json"));
        }
        let index = format!("{}/index.html", path.trim_end_matches('/'));
        let json = format!("{path}.json");
        [path, &index, &json].into_iter().find_map(|path| self.files.get(path))
    }

    /// The Link header of the list at `path`: its next page, where there is one.
    fn link(&self, host: &str, path: &str, query: &[(String, String)]) -> Option<HeaderValue> {
        if further_page(query).is_some() {
            return None;
        }
        let next = self.files.keys().find_map(|name| {
            let rest = name.strip_prefix(path)?.strip_prefix("@max_id=")?;
            rest.strip_suffix(".json")
        })?;
        let mut url = Url::parse(&format!("http://{host}{path}")).ok()?;
        let kept = query.iter().filter(|(key, _)| !PAGING.contains(&key.as_str()));
        url.query_pairs_mut().extend_pairs(kept).append_pair("max_id", next);
        HeaderValue::from_str(&format!("<{url}>; rel=\"next\"")).ok()
    }
}

/// Answers `request` as the site it is for would.
pub(super) async fn answer(
    sites: Arc<BTreeMap<String, Site>>,
    closing: watch::Receiver<bool>,
    request: Request,
) -> Response {
    let host = authority(&request);
    let name = host.rsplit_once(':').map_or(host.as_str(), |(name, _)| name).to_ascii_lowercase();
    let Some(site) = sites.get(&name) else {
        return (StatusCode::NOT_FOUND, format!("no site here is called {name}\n")).into_response();
    };
    match site.manner {
        Manner::Serves => {}
        Manner::Fails => {
            return (StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error\n").into_response();
        }
        Manner::Hangs => {
            // Ends when the client gives up (the connection drops this future) or we close.
            closed(closing).await;
            return StatusCode::SERVICE_UNAVAILABLE.into_response();
        }
        Manner::Busy(pause) => return busy(pause),
    }
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return (StatusCode::METHOD_NOT_ALLOWED, [(ALLOW, "GET, HEAD")]).into_response();
    }
    let query = pairs(request.uri());
    let path = request.uri().path();
    let Some(file) = site.file(path, &query) else {
        return (StatusCode::NOT_FOUND, "Not Found\n").into_response();
    };
    let mut response = if unchanged(file, request.headers()) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let mut response = Body::from(file.body.clone()).into_response();
        response.headers_mut().insert(CONTENT_TYPE, file.content_type.clone());
        if let Some(link) = site.link(&host, path, &query) {
            response.headers_mut().insert(LINK, link);
        }
        response
    };
    let headers = response.headers_mut();
    if let Ok(etag) = HeaderValue::from_str(&file.etag) {
        headers.insert(ETAG, etag);
    }
    headers.insert(LAST_MODIFIED, HeaderValue::from_static(CHANGED));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(FRESH));
    response
}

/// The host a request is for, with its port if the client said one.
fn authority(request: &Request) -> String {
    let header = request.headers().get(HOST).and_then(|host| host.to_str().ok());
    let absolute = request.uri().authority().map(axum::http::uri::Authority::as_str);
    absolute.or(header).unwrap_or_default().to_owned()
}

fn busy(pause: Duration) -> Response {
    let seconds = pause.as_secs().to_string();
    (StatusCode::TOO_MANY_REQUESTS, [(RETRY_AFTER, seconds)], "Too Many Requests\n").into_response()
}

fn pairs(uri: &Uri) -> Vec<(String, String)> {
    url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()).into_owned().collect()
}

/// The key and value that ask for a further page; `page=0` is the first.
fn further_page(query: &[(String, String)]) -> Option<(&str, &str)> {
    query
        .iter()
        .map(|(key, value)| (key.as_str(), value.as_str()))
        .find(|page| PAGING.contains(&page.0) && *page != ("page", "0"))
}

/// Whether the client has this very file already (RFC 9110, 13.2.2: a tag counts before a date).
fn unchanged(file: &File, headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    if let Some(tags) = text(IF_NONE_MATCH) {
        return tags
            .split(',')
            .map(|tag| tag.trim().trim_start_matches("W/"))
            .any(|tag| tag == "*" || tag == file.etag);
    }
    let parse = |date| rfc2822::parse(date).ok().map(|date| date.timestamp());
    match (text(IF_MODIFIED_SINCE).and_then(parse), parse(CHANGED)) {
        (Some(since), Some(changed)) => changed <= since,
        _ => false,
    }
}
