"""Certificates for an outside cluster: only who holds one of them gets in, and all that is sent is encrypted.

FOLDER/scheduler/  worker/  client/     one folder for each machine of that role, readable by its owner only
    ca.pem          the authority that signed all of them; its key is thrown away, so that nobody can sign another one
    own.pem         the role's certificate, and its key
"""

import datetime
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

from synth.core.errors import JobError

if TYPE_CHECKING:
    from distributed import Security

Role = Literal["scheduler", "worker", "client"]
ROLES: tuple[Role, ...] = get_args(Role)
AUTHORITY, OWN = "ca.pem", "own.pem"


def make_certificates(folder: Path, *, days: int) -> None:
    """Write a certificate for each role, signed by an authority of their own.

    Args:
        folder: Where to; made, for its owner only. Certificates that are there already are not replaced.
        days: How long they are valid, in [1, inf).

    Raises:
        JobError: If there are certificates already.
        ValueError: If `days` is not positive.
        OSError: If they cannot be written.
    """
    if days < 1:
        raise ValueError(f"days must be at least 1. Received: {days}")
    if any((folder / role).exists() for role in ROLES):
        raise JobError(
            f"There are certificates in {folder} already. Choose another folder, or delete them first."
        )
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    authority_key, authority = _signed("Penumbra cluster", days)
    for role in ROLES:
        key, certificate = _signed(f"Penumbra {role}", days, authority_key, authority)
        (folder / role).mkdir(mode=0o700)
        _write(folder / role / AUTHORITY, _pem(authority))
        _write(folder / role / OWN, _pem(certificate) + _pem_of_key(key))


def security_from(folder: Path, role: Role) -> "Security":
    """Return how to get into, or be part of, the cluster that the certificates in a folder belong to.

    Args:
        folder: What `make_certificates` wrote, or only the folder of the role.
        role: As what.

    Raises:
        JobError: If they are not there, or others may read the key.
    """
    from distributed import Security

    found = folder / role if (folder / role).is_dir() else folder
    for name in (AUTHORITY, OWN):
        if not os.access(found / name, os.R_OK):
            raise JobError(
                f"There is no certificate that can be read in {found} ({name} is missing). "
                "Make certificates with: python -m synth certificates --out FOLDER"
            )
    if os.name == "posix" and (found / OWN).stat().st_mode & 0o077:
        raise JobError(
            f"Others may read {found / OWN}, which lets them into the cluster. Run: chmod 600 {found / OWN}"
        )
    held = {f"tls_{role}_cert": str(found / OWN), f"tls_{role}_key": str(found / OWN)}
    return Security(require_encryption=True, tls_ca_file=str(found / AUTHORITY), **held)


def _signed(name: str, days: int, authority_key: Any = None, authority: Any = None) -> tuple[Any, Any]:
    """Return a new key and its certificate: an authority's, which signs itself, or one that an authority signed."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(authority.subject if authority else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))  # clocks of machines differ
        .not_valid_after(now + datetime.timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=authority is None, path_length=None), critical=True)
        .sign(authority_key or key, hashes.SHA256())
    )
    return key, certificate


def _pem(certificate: Any) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding

    return certificate.public_bytes(Encoding.PEM)


def _pem_of_key(key: Any) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _write(path: Path, content: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
