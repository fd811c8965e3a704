"""What gives way where more is asked than there is: options with their price, levelling, and requests to the owners."""
