"""Asks a code location's server whether it serves, as Dagster's own health check does, without importing Dagster.

The protocol is gRPC's own (grpc/health/v1); `DagsterApi` is the service that `dagster api grpc` reports on.
"""

from __future__ import annotations

import time

SERVICE = "DagsterApi"
SECONDS_PER_TRY = 5.0
SECONDS_BETWEEN_TRIES = 0.2
QUICK = [("grpc.initial_reconnect_backoff_ms", 100), ("grpc.max_reconnect_backoff_ms", 500)]


def wait_until_serving(port: int, seconds: float) -> dict[str, object]:
    """{"is_serving": bool, "error": str or null}, as soon as the server on `port` of loopback serves, or in the end."""
    import grpc
    from grpc_health.v1 import health_pb2, health_pb2_grpc

    said = "it did not answer"
    deadline = time.monotonic() + seconds
    with grpc.insecure_channel(f"127.0.0.1:{port}", options=QUICK) as channel:
        check = health_pb2_grpc.HealthStub(channel).Check
        while time.monotonic() < deadline:
            try:
                answer = check(
                    health_pb2.HealthCheckRequest(service=SERVICE), timeout=SECONDS_PER_TRY, wait_for_ready=True
                )
            except grpc.RpcError as error:
                said = error.details() or said
            else:
                said = health_pb2.HealthCheckResponse.ServingStatus.Name(answer.status)
                if answer.status == health_pb2.HealthCheckResponse.SERVING:
                    return {"is_serving": True, "error": None}
            time.sleep(SECONDS_BETWEEN_TRIES)
    return {"is_serving": False, "error": said}
