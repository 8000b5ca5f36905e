//! A workspace for a model behind the Open Inference Protocol (KServe V2) over HTTP. What the model takes is asked of
//! the server, so that the first build sends something it understands.

use std::time::Duration;

use serde_json::{Value, json};

use super::{Plan, check_url};
use crate::base::http;
use crate::cli::arguments::InitArguments;
use crate::cli::failure::Failure;
use crate::manifest::FILE_NAME;

/// How long the server may take to say what a model takes.
const PATIENCE: Duration = Duration::from_secs(5);

/// The most numbers of one row: a model of images has some 100,000.
const MOST_NUMBERS: u64 = 1 << 20;

pub(super) fn plan(typed: &InitArguments) -> Result<Plan, Failure> {
    let Some(url) = typed.url.as_deref() else {
        return Err(Failure::usage(
            "`--template kserve` needs `--url http://HOST:PORT`: where the server listens",
        ));
    };
    check_url(url)?;
    let url = url.trim_end_matches('/');
    let Some(model) = typed.model.as_deref() else {
        return Err(Failure::usage("`--template kserve` needs `--model NAME`: the model to ask"));
    };
    let mut notes = Vec::new();
    let tensors = match asked(url, model) {
        Ok(tensors) => tensors,
        Err(why) => {
            notes.push(format!("the model was not asked what it takes: {why}"));
            notes.push("payloads/one.json holds a guess; put one row of your model's input there".to_owned());
            vec![tensor("input-0", "FP32", &[json!(-1), json!(4)])]
        }
    };
    let payload = json!({ "inputs": tensors });
    let payload = serde_json::to_string(&payload).unwrap_or_default() + "\n";
    let suite = include_str!("kserve_suite.toml").replace("MODEL", &model.replace(['"', '\\'], ""));
    let files = vec![
        (FILE_NAME.to_owned(), include_str!("kserve_target.toml").replace("URL", url)),
        ("suites/kserve.toml".to_owned(), suite),
        ("k6_templates/kserve.js".to_owned(), include_str!("kserve.js").to_owned()),
        ("payloads/one.json".to_owned(), payload),
    ];
    Ok(Plan { files, suite: "kserve".to_owned(), notes })
}

/// The inputs by the model's metadata (`GET /v2/models/NAME`), as tensors of one row.
fn asked(url: &str, model: &str) -> Result<Vec<Value>, String> {
    let answer = http::get(&format!("{url}/v2/models/{model}"), PATIENCE)?;
    if answer.status != 200 {
        return Err(format!("GET {url}/v2/models/{model}: status {}", answer.status));
    }
    let told: Value = serde_json::from_str(&answer.body).map_err(|error| error.to_string())?;
    let inputs = told["inputs"].as_array().filter(|inputs| !inputs.is_empty());
    let inputs = inputs.ok_or("its metadata names no `inputs`")?;
    let read = |input: &Value| {
        let (name, datatype) = (input["name"].as_str()?, input["datatype"].as_str()?);
        Some(tensor(name, datatype, input["shape"].as_array()?))
    };
    inputs.iter().map(read).collect::<Option<_>>().ok_or_else(|| "its metadata is not understood".to_owned())
}

/// One row of zeros; dimensions that are not fixed count as one.
fn tensor(name: &str, datatype: &str, shape: &[Value]) -> Value {
    let mut shape: Vec<u64> =
        shape.iter().map(|size| size.as_u64().filter(|size| *size > 0).unwrap_or(1)).collect();
    if let Some(first) = shape.first_mut() {
        *first = 1;
    }
    let count = shape.iter().try_fold(1_u64, |product, size| product.checked_mul(*size));
    let count = count.unwrap_or(MOST_NUMBERS).min(MOST_NUMBERS);
    let zero = match datatype {
        "BYTES" => json!(""),
        "BOOL" => json!(false),
        _ => json!(0),
    };
    let data: Vec<Value> = (0..count).map(|_| zero.clone()).collect();
    json!({ "name": name, "shape": shape, "datatype": datatype, "data": data })
}
