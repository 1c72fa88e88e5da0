"""What sources share: HTTP with retries."""
