//! TLS by rustls and ring, trusting the certificates this machine trusts. Offers HTTP/1.1 alone.
use std::sync::Arc;

use tokio::sync::OnceCell;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto};

use super::connection::Stream;

/// The one TLS configuration, made when it is first needed.
#[derive(Debug, Default)]
pub(super) struct Tls {
    config: OnceCell<Arc<ClientConfig>>,
}

impl Tls {
    /// The handshake with the named server.
    ///
    /// # Errors
    /// In words: no certificates on this machine, a name that is none, or a handshake that failed.
    pub(super) async fn wrap(&self, host: &str, stream: Stream) -> Result<Stream, String> {
        let config = self.config.get_or_try_init(configure).await?.clone();
        let name = ServerName::try_from(host.to_owned()).map_err(|error| error.to_string())?;
        let stream = TlsConnector::from(config).connect(name, stream).await;
        stream.map(|stream| Box::new(stream) as Stream).map_err(|error| format!("TLS: {error}"))
    }
}

/// Reads the certificates on a thread of its own: it takes milliseconds that would stand in others' latencies.
async fn configure() -> Result<Arc<ClientConfig>, String> {
    tokio::task::spawn_blocking(|| {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        if roots.is_empty() {
            return Err("no CA certificates on this machine; install them or set `SSL_CERT_FILE`".to_owned());
        }
        let provider = Arc::new(crypto::ring::default_provider());
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    })
    .await
    .map_err(|error| error.to_string())?
}
