"""Signing in by the hospital's own OpenID provider: one provider, told in the settings; unset, nothing of it shows."""
