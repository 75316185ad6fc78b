"""Networks that operators shut out while Velro runs, without a restart."""
