#!/usr/bin/env python3
"""Serve one GGUF model on loopback with llama.cpp's own HTTP server, OpenAI-compatible, on the CPU.

usage:  python serve-gguf.py MODEL.gguf PORT        (Ctrl-C ends it)
needs:  pip install xllamacpp                        (a prebuilt wheel, no compiler)

Any other llama-server does as well:  llama-server -m MODEL.gguf --port PORT
"""
import pathlib
import signal
import sys
import threading


def main() -> int:
    if len(sys.argv) != 3 or not sys.argv[2].isdigit():
        print(__doc__, file=sys.stderr)
        return 2
    model, port = pathlib.Path(sys.argv[1]), int(sys.argv[2])
    if not model.is_file():
        print(f"error: no such file `{model}`", file=sys.stderr)
        return 2
    try:
        import xllamacpp
    except ImportError:
        print("error: xllamacpp is not installed\nhint: pip install xllamacpp", file=sys.stderr)
        return 3

    params = xllamacpp.CommonParams()
    params.model.path = str(model)
    params.model_alias = {model.stem}
    params.hostnames, params.port = ["127.0.0.1"], port
    params.n_ctx, params.n_parallel, params.n_gpu_layers = 4096, 2, 0
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
    params.use_jinja = True  # the chat template is in the GGUF file
    params.cache_prompt = False  # else the tokens billed for a case would depend on the case before it
    params.offline, params.ui = True, False

    done = threading.Event()
    for sig in (signal.SIGINT, signal.SIGTERM):
        signal.signal(sig, lambda *_: done.set())
    server = xllamacpp.Server(params)
    print(f"{model.stem} answers at {server.listening_address}/v1/chat/completions", flush=True)
    while not done.wait(0.5):  # short waits, so that a signal is seen at once
        pass
    return 0


if __name__ == "__main__":
    sys.exit(main())
