//! How each gRPC method answers its request.

use prost::Message;

use crate::messages::{
    HealthCheckRequest, HealthCheckResponse, InferTensor, InferTensorContents, ModelInferRequest,
    ModelInferResponse, ModelMetadataRequest, ModelMetadataResponse, ModelReadyRequest, ModelReadyResponse,
    ServerLiveRequest, ServerLiveResponse, ServerMetadataRequest, ServerMetadataResponse, ServerReadyRequest,
    ServerReadyResponse, ServingStatus, TensorMetadata,
};
use crate::metrics::Protocol;
use crate::service::{
    INPUT_DATATYPE, INPUT_SHAPE, OUTPUT_DATATYPE, OUTPUT_SHAPE, PLATFORM, Refusal, SERVER_NAME, Service,
    TENSOR, Tensor,
};

/// A request message, which stands for the one method that takes it.
pub(crate) trait Method: Message + Default + 'static {
    /// The value of the metrics' label `method`.
    const NAME: &'static str;
    type Response: Message + Default + 'static;

    fn answer(self, service: &Service) -> impl Future<Output = Result<Self::Response, Refusal>> + Send;
}

impl Method for ServerLiveRequest {
    const NAME: &'static str = "ServerLive";
    type Response = ServerLiveResponse;

    async fn answer(self, _: &Service) -> Result<ServerLiveResponse, Refusal> {
        Ok(ServerLiveResponse { live: true })
    }
}

impl Method for ServerReadyRequest {
    const NAME: &'static str = "ServerReady";
    type Response = ServerReadyResponse;

    async fn answer(self, _: &Service) -> Result<ServerReadyResponse, Refusal> {
        Ok(ServerReadyResponse { ready: true })
    }
}

impl Method for ModelReadyRequest {
    const NAME: &'static str = "ModelReady";
    type Response = ModelReadyResponse;

    async fn answer(self, service: &Service) -> Result<ModelReadyResponse, Refusal> {
        service.find_model(&self.name, &self.version)?;
        Ok(ModelReadyResponse { ready: true })
    }
}

impl Method for ServerMetadataRequest {
    const NAME: &'static str = "ServerMetadata";
    type Response = ServerMetadataResponse;

    async fn answer(self, service: &Service) -> Result<ServerMetadataResponse, Refusal> {
        Ok(ServerMetadataResponse {
            name: SERVER_NAME.to_owned(),
            version: service.version().to_owned(),
            extensions: Vec::new(),
        })
    }
}

impl Method for ModelMetadataRequest {
    const NAME: &'static str = "ModelMetadata";
    type Response = ModelMetadataResponse;

    async fn answer(self, service: &Service) -> Result<ModelMetadataResponse, Refusal> {
        service.find_model(&self.name, &self.version)?;
        Ok(ModelMetadataResponse {
            name: self.name,
            versions: vec![service.version().to_owned()],
            platform: PLATFORM.to_owned(),
            inputs: vec![tensor_metadata(INPUT_DATATYPE, &INPUT_SHAPE)],
            outputs: vec![tensor_metadata(OUTPUT_DATATYPE, &OUTPUT_SHAPE)],
        })
    }
}

impl Method for ModelInferRequest {
    const NAME: &'static str = "ModelInfer";
    type Response = ModelInferResponse;

    async fn answer(self, service: &Service) -> Result<ModelInferResponse, Refusal> {
        service.find_model(&self.model_name, &self.model_version)?;
        if !self.raw_input_contents.is_empty() {
            let message = "raw_input_contents is not supported: send contents with the inputs";
            return Err(Refusal::Unimplemented(message.to_owned()));
        }
        let inputs = self.inputs.into_iter().map(tensor).collect();
        let digits = service.infer(Protocol::Grpc, inputs).await?;
        Ok(ModelInferResponse {
            model_name: self.model_name,
            model_version: service.version().to_owned(),
            id: self.id,
            outputs: vec![output(digits)],
            ..ModelInferResponse::default()
        })
    }
}

impl Method for HealthCheckRequest {
    const NAME: &'static str = "HealthCheck";
    type Response = HealthCheckResponse;

    async fn answer(self, _: &Service) -> Result<HealthCheckResponse, Refusal> {
        match self.service.as_str() {
            "" | "inference.GRPCInferenceService" => {
                Ok(HealthCheckResponse { status: ServingStatus::Serving.into() })
            }
            service => Err(Refusal::NotFound(format!("unknown service `{service}`"))),
        }
    }
}

fn tensor_metadata(datatype: &str, shape: &[i64]) -> TensorMetadata {
    TensorMetadata { name: TENSOR.to_owned(), datatype: datatype.to_owned(), shape: shape.to_vec() }
}

fn tensor(sent: InferTensor) -> Tensor {
    Tensor {
        name: sent.name,
        datatype: sent.datatype,
        shape: sent.shape,
        values: sent.contents.unwrap_or_default().fp32_contents,
    }
}

fn output(digits: Vec<i64>) -> InferTensor {
    InferTensor {
        name: TENSOR.to_owned(),
        datatype: OUTPUT_DATATYPE.to_owned(),
        shape: i64::try_from(digits.len()).into_iter().collect(),
        contents: Some(InferTensorContents { int64_contents: digits, ..InferTensorContents::default() }),
        ..InferTensor::default()
    }
}
