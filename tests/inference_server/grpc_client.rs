//! One gRPC call a time, by hand: a message in a frame, over HTTP/2.
//!
//! Format: <https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md>

use bytes::{BufMut as _, Bytes, BytesMut};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http2;
use hyper::{HeaderMap, Request};
use hyper_util::rt::{TokioExecutor, TokioIo};
use prost::Message;
use tokio::net::TcpStream;
use tonic::Code;

/// A compression flag and the length of the message in four bytes.
const FRAME_HEAD: usize = 5;

/// Calls the method at `path`; an error is the status that came instead.
pub(crate) fn call<Answer: Message + Default>(
    address: &str,
    path: &str,
    message: &impl Message,
) -> Result<Answer, Code> {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime starts");
    let (status, body) = runtime.block_on(exchange(address, path, frame(message)));
    match status {
        Code::Ok => Ok(Answer::decode(&body[FRAME_HEAD..]).expect("the answer is of this type")),
        code => Err(code),
    }
}

fn frame(message: &impl Message) -> Bytes {
    let message = message.encode_to_vec();
    let mut frame = BytesMut::with_capacity(FRAME_HEAD + message.len());
    frame.put_u8(0);
    frame.put_u32(u32::try_from(message.len()).expect("the message is small"));
    frame.extend_from_slice(&message);
    frame.freeze()
}

async fn exchange(address: &str, path: &str, body: Bytes) -> (Code, Bytes) {
    let stream = TcpStream::connect(address).await.expect("the server listens");
    let (mut sender, connection) =
        http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.expect("it is HTTP/2");
    tokio::spawn(connection);
    let request = Request::post(format!("http://{address}{path}"))
        .header("content-type", "application/grpc")
        .header("te", "trailers")
        .body(Full::new(body))
        .expect("the request is complete");
    let answer = sender.send_request(request).await.expect("the server answers");
    let refused = status(answer.headers());
    let body = answer.into_body().collect().await.expect("the answer is whole");
    let ended = body.trailers().and_then(status);
    (refused.or(ended).expect("the answer has a status"), body.to_bytes())
}

/// A refusal has its status in the headers, an answer in the trailers.
fn status(headers: &HeaderMap) -> Option<Code> {
    headers.get("grpc-status").map(|value| Code::from_bytes(value.as_bytes()))
}
