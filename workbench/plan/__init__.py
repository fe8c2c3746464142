"""What is asked: experiments, their plugins, and the tasks that follow from them."""
