//! A complaint: about whom.

use std::sync::LazyLock;

use super::{Table, rows};
use crate::verdict::Part;

pub(super) static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let mut table = rows(
        r"(?i)\b(?:customer|sue|suing|treated|buy from|extortion|worse|beware|warning|boycott|fault|hold\b|wrong|never|your new|still|disappoint|frustrat|terribl|awful|unaccept|never again|worst|fed up|waste|ghost|nightmare|downhill|broken|refund|mess|buggy|bad|avoid|unusabl|rip|support|useless|joke|hate|sick|tired|annoy|horribl|complain|unhappy|regret|poor|slow|lied|fail|ignor|cancel|leav|dear|outage|shame|garbage|trash|ticket|angry|switch|charg|overcharg|alternative|break|crash|lost)",
        &[
            (&[Part::About], r"^(?P<about>@[{W}]+)"),
            (
                &[Part::About],
                r"(?i:fed up|sick(?: and tired)?|tired|disappointed|frustrated|unhappy|annoyed|angry|furious|disgusted|unimpressed|done|dissatisfied|lost patience|experience|problems?|issues?|trouble|nightmare|patience|struggl(?:e|ed|ing)|regret(?:s|ted)? (?:buying|choosing|signing|going))(?: (?:so|very|really|at the moment|right now|lately|again|yet again))? (?:with|of|by|in|at) (?:(?i:the|my|our|their|this|how|new|folks at|people at|team at|dealing with)\s){0,3}(?P<about>{NAME})",
            ),
            (
                &[Part::About],
                r"(?P<about>{NAME})(?:['’]s?)? (?:(?:[{W}-]+ ){0,3}?)(?i:support|customer service|helpdesk|billing|account team|sales team|account manager|documentation|onboarding|dashboard|app|product|platform|service|update|software|API)\b",
            ),
            (
                &[Part::About],
                r"(?i:avoid|leaving|left|ditching|ditched|cancell?ed|cancell?ing|quitting|dump(?:ed|ing)|hate|hating|recommend(?: against)?|regret|dropping|complain(?:ed|ing|t)?s? (?:about|against|to|at)|alternatives? to|replacement for|refund from|away from|moving off|dear|hey|come on|shame on(?: you)?,?|thanks for nothing,?|looking at you,?|never again,?|worst vendor[^.;!?]{0,12}?:?|do not buy|don['’]t buy|stay away from|switched from|response from|reply from|answer from|callback from|word from|charged by|ghosted by|ignored by|lied to by|burned by|contract with|renew(?:ing)? with|renew|renewing|business with|worse than) (?:(?i:the|my|our|their|this|you|all|any|a)\s){0,2}(?P<about>@[{W}]+|{NAME})",
            ),
            (
                &[Part::About],
                r"(?P<about>@[{W}]+|{NAME}),? (?:(?i:has|have|is|was|are|just|really|still|again|keeps|kept|yet|simply|never|always|your|gets?|literally|apparently|,)\s){0,4}(?i:ghost(?:ed|s|ing)?|ignor(?:ed|es|ing)|broke|breaks|breaking|broken|lost|los(?:es|ing)|fail(?:s|ed|ing)?|crash(?:es|ed|ing)|lied|lies|charg(?:es|ed|ing)|overcharg(?:es|ed|ing)|a mess|a joke|a nightmare|a disaster|unusable|useless|terrible|awful|horrible|buggy|garbage|trash|slow|gone downhill|went downhill|going downhill|worse|the worst|disappointing|frustrating|unacceptable|unreliable|a waste|delet(?:ed|es|ing)|refus(?:ed|es|ing)|promis(?:ed|es|ing)|bill(?:ed|s|ing)|answer(?:ed|s)?|respond(?:ed|s)?|repl(?:ied|ies)|what (?:is|happened|the)|why)\b",
            ),
            (
                &[Part::About],
                r"(?P<about>{NAME})(?:['’]s)? (?i:customers?|clients?|users?|subscribers?)(?: (?:for|since|here|of))",
            ),
            (
                &[Part::About],
                r"(?i:customers? of|thing about|problem with|(?:buy|bought|buying) from|order(?:ed)? from|sue|suing|suggest avoiding|impressed (?:with|by)|happy with|signing with|signed with|stuck with|shame about|review of|warning about|warning:|beware(?: of)?|boycott|manager at|rep at|contact at|desk at|hold with|with) {OF}(?P<about>{NAME})",
            ),
            (
                &[Part::About],
                r"(?i:why|how|what|when) (?i:is|are|does|do|can|will|has|did|was|would) (?P<about>{NAME})",
            ),
            (
                &[Part::About],
                r"(?i:^|[.!?] )(?P<about>{NAME}), (?i:your|you|why|what|please|fix|seriously|come on|we|i)\b",
            ),
            (
                &[Part::About],
                r"(?P<about>{NAME})['’]s? (?:(?i:so-called|new|latest|awful|terrible|useless|licen[cs]ing|pricing|search|inbox|UI|interface|staff|reps?|engineers|contract|terms|website|checkout|delivery|renewal|so|own)\s?)+",
            ),
            (
                &[Part::About],
                r"(?P<about>{NAME}) (?i:just|licen[cs]ing|pricing|renewals?|invoices?|audits?|sales|reps?|website|charged|deleted|closed|locked|took|sold|cut|made|told|says|refuses|still|keeps|never|can['’]t|cannot|won['’]t|doesn['’]t|don['’]t|does not|do not|will not)\b",
            ),
            (
                &[Part::About],
                r"(?i:with|at|by|from|about|using|hate|avoid) (?P<about>[a-z][{W}.-]{2,}) (?i:support|customer service|customer care|billing|helpdesk|sales team)\b",
            ),
            (
                &[Part::About],
                r"^(?:(?i:so|ugh|argh|lol|wow|hey|omg|honestly|seriously),? )?(?P<about>[a-z][{W}.-]{2,}) (?i:support|customer service|billing|helpdesk) (?i:is|are|was|has|have|just|still|closed|ignored|never|keeps)\b",
            ),
            (&[Part::About], r"\b(?i:about|from|with|at|by|against) {OF}(?P<about>{NAME})"),
            (&[Part::About], r"^(?P<about>{NAME}): "),
            (&[Part::About], r"(?i:had it with|shout-?out to|thanks,?|thank you,?|cheers,?|nice one,?|well done,?|congrats,?|bravo,?|goodbye|good riddance,?) (?:(?i:to)\s)?(?P<about>@[{W}]+|{NAME})"),
            (&[Part::About], r"\b(?:[a-z0-9,]+) (?P<about>{NAME})"),
            (&[Part::About], r"^(?P<about>{NAME}) [a-z]+"),
            (&[Part::About], r"(?P<about>@[{W}]+)"),
        ],
    )
    .unless(r"(?i)\b(?:no|zero|without|any) (?:real |major )?(?:complaints?|issues|problems)\b|can(?:no|['’])?t complain|\bnot complaining|n['’]t (?:a|one) complaint|\blove (?:that|how|the|this)\b");
    // Whom a post is addressed to needs no word of complaint beside it.
    if let Some(addressed) = table.rules.last_mut() {
        addressed.needs_cue = false;
    }
    table
});
