"""What is proposed to owners, and what they answer."""
