//! URLs as we keep them: absolute, and the same for the same page.

use url::Url;

/// Parameters that tell a site who sent the reader and change nothing on the page.
///
/// From the lists of ClearURLs, Brave and tracking-params: those that all pages share. Names that
/// some site uses to choose what to show (`ref`, `source`, `campaign`, `mc`) stay.
const TRACKING: &[&str] = &[
    "__hsfp",
    "__hssc",
    "__hstc",
    "__s",
    "__twitter_impression",
    "_bhlid",
    "_bta_c",
    "_bta_tid",
    "_branch_match_id",
    "_branch_referrer",
    "_ga",
    "_gl",
    "_hsenc",
    "_hsmi",
    "_ke",
    "_kx",
    "_openstat",
    "at_recipient_id",
    "at_recipient_list",
    "bbeml",
    "bsft_clkid",
    "bsft_uid",
    "cmpid",
    "dclid",
    "dm_i",
    "echobox",
    "ef_id",
    "epik",
    "et_rid",
    "fb_action_ids",
    "fb_action_types",
    "fb_ref",
    "fb_source",
    "fbclid",
    "gad_campaignid",
    "gad_source",
    "gbraid",
    "gclid",
    "gclsrc",
    "gs_l",
    "guccounter",
    "guce_referrer",
    "guce_referrer_sig",
    "hsctatracking",
    "igsh",
    "igshid",
    "irclickid",
    "li_fat_id",
    "mc_cid",
    "mc_eid",
    "mc_tc",
    "mkt_tok",
    "mkwid",
    "ml_subscriber",
    "ml_subscriber_hash",
    "msclkid",
    "oft_id",
    "oly_anon_id",
    "oly_enc_id",
    "os_ehash",
    "pcrid",
    "rb_clickid",
    "s_cid",
    "s_kwcid",
    "sb_referer_host",
    "sc_customer",
    "sc_eh",
    "sc_uid",
    "sfmc_activityid",
    "sfmc_id",
    "sms_click",
    "sms_source",
    "sms_uph",
    "srsltid",
    "ss_email_id",
    "syclid",
    "tracking_source",
    "trk_contact",
    "trk_module",
    "trk_msg",
    "trk_sid",
    "ttclid",
    "twclid",
    "unicorn_click_id",
    "vero_conv",
    "vero_id",
    "vgo_ee",
    "wbraid",
    "wickedid",
    "wt_mc",
    "wt_zmc",
    "wtrid",
    "yclid",
    "ymclid",
    "ysclid",
];

/// Families of such parameters, by how their names begin.
const TRACKING_PREFIXES: &[&str] =
    &["utm_", "mtm_", "matomo_", "pk_", "piwik_", "hmb_", "otm_", "itm_", "hsa_", "ga_"];

/// Parameters that track on one site only: the host's end, and the name.
const TRACKING_ON: &[(&str, &str)] = &[
    ("twitter.com", "ref_src"),
    ("twitter.com", "ref_url"),
    ("x.com", "ref_src"),
    ("x.com", "ref_url"),
    ("youtube.com", "si"),
    ("youtube.com", "feature"),
    ("youtu.be", "si"),
    ("youtu.be", "feature"),
    ("reddit.com", "share_id"),
    ("reddit.com", "ref_source"),
    ("reddit.com", "ref_campaign"),
    ("linkedin.com", "trk"),
    ("linkedin.com", "trackingid"),
    ("medium.com", "source"),
    ("bbc.co.uk", "at_medium"),
    ("bbc.co.uk", "at_campaign"),
    ("bbc.com", "at_medium"),
    ("bbc.com", "at_campaign"),
];

/// A longer address (bytes) is none: servers refuse half of it, and every link relative to it would
/// repeat it.
const LONGEST: usize = 8 * 1024;

/// `href` as an absolute http or https URL, resolved against `base` where it is relative.
#[must_use]
pub fn absolute(href: &str, base: Option<&Url>) -> Option<Url> {
    let href = href.trim();
    if href.is_empty() || href.len() > LONGEST {
        return None;
    }
    let url = match base {
        Some(base) => base.join(href).ok()?,
        None => Url::parse(href).ok()?,
    };
    let is_web = matches!(url.scheme(), "http" | "https") && url.has_host();
    (is_web && url.as_str().len() <= LONGEST).then_some(url)
}

/// The one way to write `url`, so that two links to a page are equal.
///
/// Host in lower case, no default port, no user name, no fragment unless it routes (`#!…`, `#/…`),
/// no tracking parameters; what remains of the query keeps its order and its spelling. Scheme,
/// `www.` and a path's trailing slash stay: sites exist where each of them matters.
#[must_use]
pub fn canonical(url: &Url) -> String {
    let mut url = url.clone();
    let routes = url.fragment().is_some_and(|part| part.starts_with('!') || part.starts_with('/'));
    if !routes {
        url.set_fragment(None);
    }
    // Both fail only on URLs that cannot have a user, which is what is wanted.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    if let Some(query) = url.query() {
        let host = url.host_str().unwrap_or_default();
        let kept = query
            .split('&')
            .filter(|pair| !pair.is_empty() && !tracks(pair, host))
            .collect::<Vec<_>>()
            .join("&");
        url.set_query((!kept.is_empty()).then_some(&kept));
    }
    url.into()
}

fn tracks(pair: &str, host: &str) -> bool {
    let name = pair.split('=').next().unwrap_or_default().to_ascii_lowercase();
    TRACKING.contains(&name.as_str())
        || TRACKING_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
        || TRACKING_ON.iter().any(|(site, tracker)| *tracker == name && belongs(host, site))
}

fn belongs(host: &str, site: &str) -> bool {
    host.strip_suffix(site).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(input: &str, expect: &str) {
        assert_eq!(canonical(&Url::parse(input).unwrap()), expect, "{input}");
    }

    #[test]
    fn tracking_goes_and_what_chooses_the_page_stays() {
        check("https://a.example/x?utm_source=f&id=7&fbclid=1", "https://a.example/x?id=7");
        check("https://a.example/x?UTM_Medium=f", "https://a.example/x");
        check("https://a.example/x?b=2&a=1", "https://a.example/x?b=2&a=1");
        check("https://a.example/x?ref=home&source=s", "https://a.example/x?ref=home&source=s");
        check("https://www.youtube.com/watch?v=q&si=z", "https://www.youtube.com/watch?v=q");
        check("https://notyoutube.com/watch?si=z", "https://notyoutube.com/watch?si=z");
        check("https://a.example/x?q=a%20b+c", "https://a.example/x?q=a%20b+c");
    }

    #[test]
    fn host_port_user_and_fragment_have_one_form() {
        check("HTTP://u:p@A.Example:80/Path/#top", "http://a.example/Path/");
        check("https://a.example/#!/post/1", "https://a.example/#!/post/1");
        check("https://a.example/app#/post/1", "https://a.example/app#/post/1");
        check("https://a.example/x?", "https://a.example/x");
        check("https://a.example:8443", "https://a.example:8443/");
    }

    #[test]
    fn canonical_is_its_own_canonical() {
        for input in ["https://a.example/?&&utm_x=1&a", "https://b.example/?a=1&&b#!x"] {
            let once = canonical(&Url::parse(input).unwrap());
            check(&once, &once);
        }
    }

    #[test]
    fn only_web_addresses_are_links() {
        let base = Url::parse("https://a.example/dir/page").unwrap();
        let get = |href| absolute(href, Some(&base)).map(String::from);
        assert_eq!(get("other").as_deref(), Some("https://a.example/dir/other"));
        assert_eq!(get(" //b.example/x ").as_deref(), Some("https://b.example/x"));
        assert_eq!(get("javascript:alert(1)"), None);
        assert_eq!(get("mailto:a@b.example"), None);
        assert_eq!(get(""), None);
        assert_eq!(absolute("other", None), None);
    }
}
