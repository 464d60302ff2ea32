//! Which language a text is in. Short posts are hard, and most of ours are English: the evidence
//! for another language must be stronger than a guess.

use std::collections::HashSet;
use std::sync::LazyLock;

use whatlang::{Detector, Lang, Script};

use crate::verdict::Language;

/// Letters below which nothing can be told: "ok", "lol" and "+1" are of no language.
const FEWEST_LETTERS: usize = 3;

/// Characters looked at: more do not change the answer.
const MOST_CHARS: usize = 2_000;

/// Letters from which a trigram guess is worth more than the language the source claims.
const TELLING_LETTERS: usize = 40;

/// The language that the encoder and the heads were trained on.
pub const JUDGED: &str = "en";

/// Function words that English posts hold. Some stand in other languages too ("in", "a", "me"): those
/// count for both sides.
const ENGLISH: &str = "the in i a me and of to is are was were with for that this these those it's its he she they we you \
    your our their my not but from have has had been will would should could can't don't doesn't didn't isn't what \
    when where which who why how if than then there here about into over after before because just more most only \
    very i'm i've i'll we're you're that's out up off no its by as at be or do does did new all any some get got \
    one now today tomorrow day year why does who's let's";

/// Function words of the languages most often met, to hold against the English ones.
const OTHERS: [(&str, &str); 9] = [
    (
        "de",
        "der die das und ist nicht ein eine einen mit für auf von dem den des im zu sich auch wir ich sie es \
            wird werden oder bei nach über aus wie noch nur aber durch zum zur sind hat haben",
    ),
    (
        "fr",
        "le la les et est des une un dans pour que qui sur avec pas plus ce cette ces sont au aux du de en il elle \
            nous vous je par ne se son sa ses leur mais ou où été être à",
    ),
    (
        "es",
        "el la los las y es una un para que con por del en de se su sus al lo como más pero sin sobre este esta \
            estos son ha han fue ser muy ya también",
    ),
    (
        "pt",
        "o os as e é uma um para que com por do da dos das em no na nos nas se seu sua ao mais mas não como são \
            foi ser muito já também à",
    ),
    (
        "it",
        "il lo la gli le e è una un per che con di da del della dei delle nel nella in si su al alla come più ma \
            non sono ha anche questo questa",
    ),
    (
        "nl",
        "de het een en is van dat niet met voor op te zijn aan er ook om als bij naar door over wordt worden maar \
            uit heeft deze dit nog je ik we",
    ),
    (
        "sv",
        "och att det som en ett på är av för med den till inte har om de var jag vi kan från ska men eller",
    ),
    ("pl", "i w na z do się nie jest to że o jak dla po od za przez ale są tym co czy oraz już"),
    ("tr", "ve bir bu için ile de da çok daha olarak olan gibi ne var en sonra kadar mi"),
];

static ENGLISH_WORDS: LazyLock<HashSet<&str>> =
    LazyLock::new(|| ENGLISH.split_whitespace().collect());

static OTHER_WORDS: LazyLock<Vec<(&str, HashSet<&str>)>> = LazyLock::new(|| {
    OTHERS.iter().map(|(code, words)| (*code, words.split_whitespace().collect())).collect()
});

/// The language of a text. `hint` is what the source claims, as a BCP 47 tag: it decides where the
/// words do not, and never against them.
#[must_use]
pub fn detect(text: &str, hint: Option<&str>) -> Language {
    let plain = plain_words(text);
    let letters = plain.chars().filter(|c| c.is_alphabetic()).count();
    if letters < FEWEST_LETTERS {
        return Language { code: "und".to_owned(), confidence: 0.0 };
    }
    let hint = hint.and_then(primary);
    let Some(guess) = Detector::new().detect(&plain) else {
        return claimed(hint);
    };
    if guess.script() != Script::Latin {
        return Language { code: code(guess.lang()).to_owned(), confidence: 0.95 };
    }

    let lower = plain.to_lowercase();
    let words: Vec<&str> = lower.split_whitespace().collect();
    let total = words.len().max(1) as f32;
    let share = |set: &HashSet<&str>| {
        words.iter().filter(|word| set.contains(*word)).count() as f32 / total
    };
    let english = share(&ENGLISH_WORDS);
    let (other, foreign) = OTHER_WORDS
        .iter()
        .map(|(code, set)| (*code, share(set)))
        .max_by(|a, b| a.1.total_cmp(&b.1))
        .unwrap_or(("und", 0.0));
    let guessed = code(guess.lang());
    let trigrams = guess.confidence() as f32;

    // The words first, then the trigrams where they are many, then what the source says.
    let agreed = guessed == other;
    if foreign > english + 0.05 && foreign >= 0.12 && (agreed || foreign * total > 1.5) {
        let sure = if agreed { 0.95 } else { 0.75 };
        return Language { code: other.to_owned(), confidence: sure };
    }
    if english > 0.0 && english >= foreign {
        let sure = 0.7 + english.min(0.3) * if guessed == JUDGED { 1.0 } else { 0.6 };
        return Language { code: JUDGED.to_owned(), confidence: sure };
    }
    if guessed == JUDGED {
        return Language { code: JUDGED.to_owned(), confidence: 0.5 + trigrams * 0.4 };
    }
    let exotic = plain.chars().filter(|c| c.is_alphabetic() && !c.is_ascii()).count();
    if letters >= TELLING_LETTERS && guess.is_reliable() {
        return Language { code: guessed.to_owned(), confidence: 0.6 + trigrams * 0.3 };
    }
    match hint {
        Some(hint) if hint != JUDGED => Language { code: hint.to_owned(), confidence: 0.6 },
        // A few words without one of English, and letters English does not have.
        None if exotic > 0 && exotic * 20 >= letters => {
            Language { code: guessed.to_owned(), confidence: 0.4 }
        }
        _ => Language { code: JUDGED.to_owned(), confidence: 0.5 },
    }
}

/// The text without what belongs to no language: links, handles, tags, numbers.
fn plain_words(text: &str) -> String {
    let cut: String = text.chars().take(MOST_CHARS).collect();
    let mut plain = String::with_capacity(cut.len());
    for word in cut.split_whitespace() {
        let address = word.contains("://") || word.starts_with("www.") || word == "http";
        if address || word.starts_with('@') || word.starts_with('#') {
            continue;
        }
        let bare = word
            .trim_matches(|c: char| !c.is_alphanumeric())
            .replace(['\u{2019}', '\u{2018}'], "'");
        if bare.chars().any(char::is_alphabetic) && !bare.chars().any(|c| c.is_ascii_digit()) {
            plain.push_str(&bare);
            plain.push(' ');
        }
    }
    plain
}

fn claimed(hint: Option<&str>) -> Language {
    match hint {
        Some(hint) => Language { code: hint.to_owned(), confidence: 0.4 },
        None => Language { code: "und".to_owned(), confidence: 0.0 },
    }
}

/// The language of a BCP 47 tag.
fn primary(tag: &str) -> Option<&'static str> {
    let first = tag.split(['-', '_']).next()?.to_ascii_lowercase();
    CODES.iter().map(|(_, code)| *code).find(|code| *code == first)
}

/// ISO 639-1 where there is one.
fn code(lang: Lang) -> &'static str {
    CODES.iter().find(|(known, _)| *known == lang).map_or_else(|| lang.code(), |(_, code)| code)
}

/// ISO 639-1 codes of what the library knows by ISO 639-3.
const CODES: [(Lang, &str); 70] = [
    (Lang::Epo, "eo"),
    (Lang::Eng, "en"),
    (Lang::Rus, "ru"),
    (Lang::Cmn, "zh"),
    (Lang::Spa, "es"),
    (Lang::Por, "pt"),
    (Lang::Ita, "it"),
    (Lang::Ben, "bn"),
    (Lang::Fra, "fr"),
    (Lang::Deu, "de"),
    (Lang::Ukr, "uk"),
    (Lang::Kat, "ka"),
    (Lang::Ara, "ar"),
    (Lang::Hin, "hi"),
    (Lang::Jpn, "ja"),
    (Lang::Heb, "he"),
    (Lang::Yid, "yi"),
    (Lang::Pol, "pl"),
    (Lang::Amh, "am"),
    (Lang::Jav, "jv"),
    (Lang::Kor, "ko"),
    (Lang::Nob, "nb"),
    (Lang::Dan, "da"),
    (Lang::Swe, "sv"),
    (Lang::Fin, "fi"),
    (Lang::Tur, "tr"),
    (Lang::Nld, "nl"),
    (Lang::Hun, "hu"),
    (Lang::Ces, "cs"),
    (Lang::Ell, "el"),
    (Lang::Bul, "bg"),
    (Lang::Bel, "be"),
    (Lang::Mar, "mr"),
    (Lang::Kan, "kn"),
    (Lang::Ron, "ro"),
    (Lang::Slv, "sl"),
    (Lang::Hrv, "hr"),
    (Lang::Srp, "sr"),
    (Lang::Mkd, "mk"),
    (Lang::Lit, "lt"),
    (Lang::Lav, "lv"),
    (Lang::Est, "et"),
    (Lang::Tam, "ta"),
    (Lang::Vie, "vi"),
    (Lang::Urd, "ur"),
    (Lang::Tha, "th"),
    (Lang::Guj, "gu"),
    (Lang::Uzb, "uz"),
    (Lang::Pan, "pa"),
    (Lang::Aze, "az"),
    (Lang::Ind, "id"),
    (Lang::Tel, "te"),
    (Lang::Pes, "fa"),
    (Lang::Mal, "ml"),
    (Lang::Ori, "or"),
    (Lang::Mya, "my"),
    (Lang::Nep, "ne"),
    (Lang::Sin, "si"),
    (Lang::Khm, "km"),
    (Lang::Tuk, "tk"),
    (Lang::Aka, "ak"),
    (Lang::Zul, "zu"),
    (Lang::Sna, "sn"),
    (Lang::Afr, "af"),
    (Lang::Lat, "la"),
    (Lang::Slk, "sk"),
    (Lang::Cat, "ca"),
    (Lang::Tgl, "tl"),
    (Lang::Hye, "hy"),
    (Lang::Cym, "cy"),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn code_of(text: &str, hint: Option<&str>) -> String {
        detect(text, hint).code
    }

    #[test]
    fn nothing_to_read_is_no_language() {
        for text in ["", "  \n", "🔥🔥🔥", "+1", "ok", "https://example.com/der/die/das", "\0\0"]
        {
            assert_eq!(detect(text, Some("en")).code, "und", "{text:?}");
        }
    }

    #[test]
    fn short_english_is_english() {
        for text in [
            "Prices up again",
            "love it",
            "Acme raises $40M Series B",
            "Anyone else seeing latency in eu-west?",
            "lol no",
        ] {
            assert_eq!(code_of(text, None), "en", "{text:?}");
        }
    }

    #[test]
    fn other_languages_are_told_apart() {
        assert_eq!(code_of("Der Anbieter hat die Preise schon wieder erhöht", None), "de");
        assert_eq!(code_of("Les prix du nuage sont encore en hausse pour nous", None), "fr");
        assert_eq!(code_of("Los precios de la nube no paran de subir", None), "es");
        assert_eq!(code_of("クラウドの料金がまた上がりました", None), "ja");
        assert_eq!(code_of("Цены на облако снова выросли", None), "ru");
    }

    #[test]
    fn the_source_decides_only_where_the_words_do_not() {
        assert_eq!(code_of("Preisliste Herbst", Some("de-AT")), "de");
        assert_eq!(code_of("We have moved to the new cluster", Some("de")), "en");
        assert_eq!(code_of("Der Umzug auf den neuen Cluster ist vorbei", Some("en")), "de");
        assert_eq!(code_of("Price list", Some("tlh")), "en");
    }
}
