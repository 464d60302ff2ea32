//! Folders that cannot be used: each is refused in words that name the file and what to do.

use std::fs;

use overheard::classify::EncoderError;
use overheard::classify::language::Languages;
use overheard::classify::rust_bert::Settings;
use overheard::classify::rust_bert::other::CheckpointEncoder;
use serde_json::{Value, json};
use tch::Tensor;

use super::tiny::{Form, Tiny};
use crate::cli::{market, overheard, refused};

/// Spoils a checkpoint of a form, and says what is said of it.
fn said(form: Form, spoil: impl FnOnce(&Tiny)) -> String {
    let place = tempfile::tempdir().unwrap();
    let tiny = Tiny::make(place.path(), form);
    spoil(&tiny);
    let settings = Settings { threads: 1, ..Settings::default() };
    let error = CheckpointEncoder::open(&tiny.folder, Languages::default(), settings).unwrap_err();
    assert!(matches!(error, EncoderError::Checkpoint { .. }), "{error:?}");
    error.to_string()
}

#[track_caller]
fn assert_says(said: &str, parts: &[&str]) {
    for part in parts {
        assert!(said.contains(part), "{part:?} is missing in: {said}");
    }
}

fn config(tiny: &Tiny, text: &str) {
    fs::write(tiny.folder.join("config.json"), text).unwrap();
}

#[test]
fn a_config_that_is_missing_no_json_or_of_another_model_is_named() {
    let missing =
        said(Form::Bert, |tiny| fs::remove_file(tiny.folder.join("config.json")).unwrap());
    assert_says(&missing, &["config.json: is missing; name the folder of a checkpoint"]);
    let no_json = said(Form::Bert, |tiny| config(tiny, "{\"model_type\": \"bert\","));
    assert_says(&no_json, &["config.json: EOF while parsing", "copy it again"]);
    let other = said(Form::Bert, |tiny| tiny.set("model_type", json!("t5")));
    assert_says(
        &other,
        &["model_type is \"t5\", which we cannot run; choose a checkpoint of the BERT, RoBERTa"],
    );
    let none = said(Form::Bert, |tiny| config(tiny, "{}"));
    assert_says(&none, &["it has no model_type"]);
    let absent =
        said(Form::Bert, |tiny| config(tiny, "{\"model_type\": \"bert\", \"hidden_size\": 32}"));
    assert_says(&absent, &["it has no num_hidden_layers"]);
    let huge = said(Form::Bert, |tiny| config(tiny, &" ".repeat(2 << 20)));
    assert_says(&huge, &["config.json: it has 2097152 bytes"]);
}

#[test]
fn a_shape_that_does_not_fit_the_config_is_named_before_there_is_room_for_it() {
    // Were room made for what it says, the test would end here.
    for (key, value, says) in [
        (
            "hidden_size",
            json!(1_000_000_000),
            "is of the shape [400, 32], and config.json says [400, 1000000000]",
        ),
        (
            "vocab_size",
            json!(u64::MAX / 2),
            "`roberta.embeddings.word_embeddings.weight` is of the shape [400, 32]",
        ),
        (
            "num_hidden_layers",
            json!(1_000_000_000),
            "it has no `roberta.encoder.layer.2.attention.self.query.weight`",
        ),
        ("num_hidden_layers", json!(1), "it has more layers than the 1 that config.json says"),
        ("intermediate_size", json!(128), "config.json says [128, 32]"),
        ("max_position_embeddings", json!(514), "config.json says [514, 32]"),
        ("type_vocab_size", json!(2), "config.json says [2, 32]"),
        ("num_attention_heads", json!(5), "its hidden_size 32 cannot be shared by 5 heads"),
        ("num_attention_heads", json!(0), "its num_attention_heads is 0"),
        ("hidden_size", json!(-1), "invalid value"),
        ("hidden_act", json!("relu6"), "its hidden_act is \"relu6\""),
        ("position_embedding_type", json!("relative_key"), "its positions are not absolute"),
        ("is_decoder", json!(true), "it is a decoder's"),
        ("pad_token_id", json!(4_000), "its pad_token_id is none of its vocab_size tokens"),
    ] {
        let said = said(Form::Roberta, |tiny| tiny.set(key, value.clone()));
        assert_says(&said, &[says]);
    }
}

#[test]
fn weights_that_are_cut_off_or_something_else_are_named() {
    let cut = |keep: fn(usize) -> usize| {
        said(Form::DistilBert, |tiny| {
            let mut bytes = fs::read(tiny.weights()).unwrap();
            bytes.truncate(keep(bytes.len()));
            fs::write(tiny.weights(), bytes).unwrap();
        })
    };
    for keep in [|length| length - 1, |length| length / 2] {
        let said = cut(keep);
        assert_says(&said, &["model.safetensors: it is cut off", "should end at", "copy it again"]);
    }
    for keep in [|_| 0, |_| 7, |_| 100] {
        assert_says(&cut(keep), &["model.safetensors: it is", "cut off"]);
    }
    let pickled = said(Form::DistilBert, |tiny| {
        fs::rename(tiny.weights(), tiny.folder.join("pytorch_model.bin")).unwrap();
    });
    assert_says(
        &pickled,
        &["model.safetensors: is missing; pytorch_model.bin is not read", "safe_serialization"],
    );
    let shared = said(Form::DistilBert, |tiny| {
        fs::rename(tiny.weights(), tiny.folder.join("model.safetensors.index.json")).unwrap();
    });
    assert_says(&shared, &["max_shard_size"]);
    let gone = said(Form::DistilBert, |tiny| {
        let parts: Vec<_> = tiny
            .parts()
            .into_iter()
            .filter(|(name, _)| !name.contains("1.ffn.lin2.bias"))
            .collect();
        tiny.save(&parts);
    });
    assert_says(&gone, &["it has no `distilbert.transformer.layer.1.ffn.lin2.bias`"]);
    let whole_numbers = said(Form::DistilBert, |tiny| {
        let parts: Vec<_> = tiny
            .parts()
            .into_iter()
            .map(|(name, part)| (name, part.to_kind(tch::Kind::Int8)))
            .collect();
        tiny.save(&parts);
    });
    assert_says(&whole_numbers, &["is of I8, which we cannot read; save it with numbers of F32"]);
}

#[test]
fn a_header_that_lies_is_no_trouble() {
    for header in [
        r#"{"embeddings.word_embeddings.weight":{"dtype":"F32","shape":[400,32],"data_offsets":[0,18446744073709551615]}}"#,
        r#"{"embeddings.word_embeddings.weight":{"dtype":"F32","shape":[400,32],"data_offsets":[8,0]}}"#,
        r#"{"embeddings.word_embeddings.weight":{"dtype":"F32","shape":[18446744073709551615,2],"data_offsets":[0,0]}}"#,
        r#"{"embeddings.word_embeddings.weight":{"dtype":"F32","shape":[400,32],"data_offsets":[0,4]}}"#,
        r#"{"embeddings.word_embeddings.weight":7}"#,
        "[]",
        "{}",
    ] {
        let said = said(Form::Bert, |tiny| {
            let mut bytes = u64::try_from(header.len()).unwrap().to_le_bytes().to_vec();
            bytes.extend(header.as_bytes());
            bytes.extend([0; 4]);
            fs::write(tiny.weights(), bytes).unwrap();
        });
        assert_says(&said, &["model.safetensors: "]);
    }
}

#[test]
fn numbers_that_are_none_are_refused() {
    let said = said(Form::Bert, |tiny| {
        let parts: Vec<(String, Tensor)> =
            tiny.parts().into_iter().map(|(name, part)| (name, part * f64::NAN)).collect();
        tiny.save(&parts);
    });
    assert_says(&said, &["model.safetensors: it makes nothing of words"]);
}

#[test]
fn a_tokenizer_that_is_missing_other_or_too_large_is_named() {
    for (form, file) in [
        (Form::Bert, "vocab.txt"),
        (Form::DistilBert, "vocab.txt"),
        (Form::Roberta, "merges.txt"),
        (Form::Roberta, "vocab.json"),
    ] {
        let said = said(form, |tiny| fs::remove_file(tiny.folder.join(file)).unwrap());
        assert_says(&said, &[file, "is missing; copy it"]);
    }
    let fast_only = said(Form::XlmRoberta, |tiny| {
        fs::rename(tiny.folder.join("sentencepiece.bpe.model"), tiny.folder.join("tokenizer.json"))
            .unwrap();
    });
    assert_says(
        &fast_only,
        &[
            "sentencepiece.bpe.model: is missing; tokenizer.json alone is not enough",
            "use_fast=False",
        ],
    );
    let other = said(Form::XlmRoberta, |tiny| {
        fs::write(
            tiny.folder.join("tokenizer_config.json"),
            r#"{"tokenizer_class": "CamembertTokenizerFast"}"#,
        )
        .unwrap();
    });
    assert_says(
        &other,
        &["tokenizer_config.json: its tokenizer_class is \"CamembertTokenizerFast\""],
    );
    let many = said(Form::Bert, |tiny| {
        let file = tiny.folder.join("vocab.txt");
        let more: Vec<String> = (0..400).map(|n| format!("word{n}\n")).collect();
        fs::write(&file, fs::read_to_string(&file).unwrap() + &more.concat()).unwrap();
    });
    assert_says(&many, &["vocab.txt: it has 465 tokens, and config.json has room for 400"]);
    let no_special =
        said(Form::Bert, |tiny| fs::write(tiny.folder.join("vocab.txt"), "the\n").unwrap());
    assert_says(&no_special, &["vocab.txt: ", "copy it again"]);
    let no_json =
        said(Form::Roberta, |tiny| fs::write(tiny.folder.join("vocab.json"), "[1").unwrap());
    assert_says(&no_json, &["vocab.json: "]);
    let no_model = said(Form::XlmRoberta, |tiny| {
        fs::write(tiny.folder.join("sentencepiece.bpe.model"), [0xff; 40]).unwrap();
    });
    assert_says(&no_model, &["sentencepiece.bpe.model: "]);
}

#[test]
fn another_way_of_pooling_is_refused() {
    let with = |modules: Value, pooling: Value| {
        said(Form::Bert, |tiny| {
            fs::create_dir_all(tiny.folder.join("1_Pooling")).unwrap();
            fs::write(tiny.folder.join("modules.json"), modules.to_string()).unwrap();
            fs::write(tiny.folder.join("1_Pooling/config.json"), pooling.to_string()).unwrap();
        })
    };
    let pooling = json!([{"path": "1_Pooling", "type": "sentence_transformers.models.Pooling"}]);
    let max = with(pooling, json!({"pooling_mode_max_tokens": true}));
    assert_says(&max, &["1_Pooling/config.json: it asks for another way of pooling"]);
    let lstm =
        with(json!([{"path": "1_LSTM", "type": "sentence_transformers.models.LSTM"}]), json!({}));
    assert_says(&lstm, &["modules.json: it has a \"LSTM\" we cannot run"]);
    let outside =
        with(json!([{"path": "../x", "type": "sentence_transformers.models.Pooling"}]), json!({}));
    assert_says(&outside, &["outside of its own"]);
}

#[test]
fn the_binary_says_it_in_one_line_and_check_finds_it() {
    let folder = market("[[topic]]\nname = \"Cost\"\ndescription = \"What things cost.\"\n");
    let tiny = Tiny::make(folder.path(), Form::Roberta);
    let at = folder.path();
    let settings = |text: &str| fs::write(at.join("overheard.toml"), text).unwrap();
    settings("[classify]\nencoder = \"tiny-roberta\"\nlanguages = [\"any\"]\n");
    crate::cli::fine(&overheard(&["check"], at, ""));
    tiny.set("num_hidden_layers", json!(3));
    let says = "tiny-roberta/model.safetensors: it has no `roberta.encoder.layer.2.attention.self.query.weight`, \
                which config.json promises; take config.json and the weights from one checkpoint";
    let classify = refused(&overheard(&["classify"], at, "{\"id\":1,\"text\":\"x\"}\n"), 1);
    assert_says(&classify, &[says]);
    assert!(!classify.contains("panicked") && classify.lines().count() == 1, "{classify}");
    assert_says(&refused(&overheard(&["check"], at, ""), 2), &[says]);

    settings("[classify]\nlanguages = [\"en\", \"de\"]\n");
    let english = refused(&overheard(&["check"], at, ""), 2);
    assert_says(&english, &["all-MiniLM-L6-v2 was trained for English alone; set `encoder`"]);
    settings("[classify]\nlanguages = [\"klingon\"]\n");
    assert_says(
        &refused(&overheard(&["check"], at, ""), 2),
        &["overheard.toml:2: languages: \"klingon\" is no language"],
    );
    settings("[classify]\nlanguages = []\n");
    assert_says(&refused(&overheard(&["check"], at, ""), 2), &["name at least one"]);
}
