//! What the server does whatever the protocol: it checks a request, refuses it
//! or has the model compute the answer.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::metrics::{Metrics, Protocol};
use crate::model::{DigitClassifier, PIXELS};
use crate::options::Options;

/// Name of the input tensor and of the output tensor.
pub(crate) const TENSOR: &str = "predict";
pub(crate) const INPUT_DATATYPE: &str = "FP32";
pub(crate) const INPUT_SHAPE: [i64; 2] = [-1, 64];
pub(crate) const OUTPUT_DATATYPE: &str = "INT64";
pub(crate) const OUTPUT_SHAPE: [i64; 1] = [-1];
pub(crate) const SERVER_NAME: &str = "inference_server";
pub(crate) const PLATFORM: &str = "rust";

/// Why a request gets no answer, for the one who sent it.
pub(crate) enum Refusal {
    NotFound(String),
    InvalidArgument(String),
    Unimplemented(String),
    Unavailable(String),
}

impl Refusal {
    pub(crate) fn message(&self) -> &str {
        match self {
            Self::NotFound(message)
            | Self::InvalidArgument(message)
            | Self::Unimplemented(message)
            | Self::Unavailable(message) => message,
        }
    }

    /// The value of the metrics' label `outcome`.
    pub(crate) fn outcome(&self) -> &'static str {
        match self {
            Self::NotFound(_) => "not_found",
            Self::InvalidArgument(_) => "invalid_argument",
            Self::Unimplemented(_) => "unimplemented",
            Self::Unavailable(_) => "unavailable",
        }
    }
}

/// An input tensor as sent; nothing about it is checked yet.
pub(crate) struct Tensor {
    pub(crate) name: String,
    pub(crate) datatype: String,
    pub(crate) shape: Vec<i64>,
    pub(crate) values: Vec<f32>,
}

/// The model, how it is served, and the count of what it did.
pub(crate) struct Service {
    model: Arc<DigitClassifier>,
    version: String,
    delay: Duration,
    fail_every: u64,
    inferences: AtomicU64,
    pub(crate) metrics: Metrics,
}

impl Service {
    pub(crate) fn new(model: DigitClassifier, options: &Options) -> Self {
        let version = options.model_version.clone();
        Self {
            version: version.unwrap_or_else(|| model.version.clone()),
            model: Arc::new(model),
            delay: options.delay,
            fail_every: options.fail_every,
            inferences: AtomicU64::new(0),
            metrics: Metrics::default(),
        }
    }

    pub(crate) fn model_name(&self) -> &str {
        &self.model.name
    }

    pub(crate) fn version(&self) -> &str {
        &self.version
    }

    /// Refuses models and versions other than the served one; an empty version
    /// leaves the choice to the server.
    pub(crate) fn find_model(&self, name: &str, version: &str) -> Result<(), Refusal> {
        if name != self.model_name() {
            return Err(Refusal::NotFound(format!("unknown model `{name}`")));
        }
        if !version.is_empty() && version != self.version {
            return Err(Refusal::NotFound(format!("unknown version `{version}` of model `{name}`")));
        }
        Ok(())
    }

    /// The digit of each row of the only input.
    ///
    /// # Errors
    /// If the inputs are not those of the model, or a failure was asked for.
    pub(crate) async fn infer(&self, protocol: Protocol, inputs: Vec<Tensor>) -> Result<Vec<i64>, Refusal> {
        let started = Instant::now();
        self.fail_if_due()?;
        let pixels = check_inputs(inputs)?;
        if !self.delay.is_zero() {
            tokio::time::sleep(self.delay).await;
        }
        let digits = self.compute(pixels).await?;
        self.metrics.record_inference(protocol, digits.len(), started.elapsed());
        Ok(digits)
    }

    /// Computes on a thread of its own, so that a large batch holds up neither
    /// the connections nor the health checks. `main` limits these threads.
    async fn compute(&self, pixels: Vec<f32>) -> Result<Vec<i64>, Refusal> {
        let model = Arc::clone(&self.model);
        tokio::task::spawn_blocking(move || model.classify(&pixels))
            .await
            .map_err(|error| Refusal::Unavailable(format!("the computation ended early: {error}")))
    }

    fn fail_if_due(&self) -> Result<(), Refusal> {
        if self.fail_every == 0 {
            return Ok(());
        }
        let number = self.inferences.fetch_add(1, Ordering::Relaxed) + 1;
        if number.is_multiple_of(self.fail_every) {
            return Err(Refusal::Unavailable(format!("inference {number} fails as asked for")));
        }
        Ok(())
    }
}

/// The pixels of all rows, if the inputs are the one tensor of the model.
fn check_inputs(mut inputs: Vec<Tensor>) -> Result<Vec<f32>, Refusal> {
    let count = inputs.len();
    let (Some(input), true) = (inputs.pop(), count == 1) else {
        return invalid(format!("expected one input, not {count}"));
    };
    if input.name != TENSOR {
        return invalid(format!("expected the input `{TENSOR}`, not `{}`", input.name));
    }
    if input.datatype != INPUT_DATATYPE {
        return invalid(format!("expected the datatype {INPUT_DATATYPE}, not `{}`", input.datatype));
    }
    if !is_shape_of_rows(&input.shape) {
        return invalid(format!("expected the shape [N,{PIXELS}], not {:?}", input.shape));
    }
    // Compared by rows: the product of a hostile shape could overflow.
    let rows = input.values.len() / PIXELS;
    if !input.values.len().is_multiple_of(PIXELS) || i64::try_from(rows) != Ok(input.shape[0]) {
        let count = input.values.len();
        return invalid(format!("the shape {:?} does not fit {count} values", input.shape));
    }
    Ok(input.values)
}

fn is_shape_of_rows(shape: &[i64]) -> bool {
    matches!(shape, [rows, pixels] if *rows >= 1 && *pixels == INPUT_SHAPE[1])
}

fn invalid(message: String) -> Result<Vec<f32>, Refusal> {
    Err(Refusal::InvalidArgument(message))
}
